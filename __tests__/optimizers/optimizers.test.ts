import { describe, expect, it } from '@jest/globals';
import { Adam, type AdamOptions, AdamW, SGD, type SGDOptions } from '../../src/index.js';
import { type KernelChoice, loadKernels } from '../../src/kernels/load.js';
import { clippedReduction, sumReduction } from '../../src/optimizers/reduction.js';
import { createOptimizer, optimizerConfig } from '../../src/optimizers/registry.js';
import { learningRateFactor, type Schedule } from '../../src/optimizers/schedules.js';
import { planUpdates } from '../../src/optimizers/updates.js';
import { type Pass, runUnit, unitsOf } from '../../src/program/phase.js';
import { Arena } from '../../src/tensor/arena.js';
import { sizeOf, stridesOf } from '../../src/tensor/shape.js';
import { rowMajor, type TensorView } from '../../src/tensor/view.js';
import { formulaValues } from '../support/formula.js';
import { readJson, relativeError } from '../support/golden.js';
import { thrown } from '../support/thrown.js';
import { unequal } from '../support/unequal.js';

interface GoldenCase {
  readonly optimizer: 'SGD' | 'Adam' | 'AdamW';
  readonly options: { readonly learningRate: number };
  readonly maxNorm?: number;
  readonly schedule?: Schedule;
  /** Norms of the gradients before they were clipped, by step. */
  readonly norms?: readonly number[];
  /** Both parameters after the steps that `steps` counts. */
  readonly after: readonly (readonly number[])[];
  readonly state: Readonly<Record<string, readonly number[]>>;
}

const pytorch: { seed: number; gradientBounds: number[]; steps: number[]; cases: GoldenCase[] } =
  readJson('optimizers.json');
const optimizers = { SGD, Adam, AdamW };
const optimizerOf = ({ optimizer, options }: GoldenCase) => new optimizers[optimizer](options);
const goldenShapes = [[2, 3], [3]];

interface Room {
  /** Parameter i's first values, and its gradients in step s, are PyTorch's, over and over if it is longer. */
  readonly shapes?: readonly (readonly number[])[];
  /** What of each gradient each shard has. */
  readonly shares?: readonly number[];
  /** Whether the units of each phase run from the last to the first. */
  readonly backwards?: boolean;
  readonly steps?: number;
}

/** All parameters, one after the other, after each step; and what the optimizer remembers in the end. */
function run(golden: GoldenCase, kernels: KernelChoice, room: Room = {}) {
  const { shapes = goldenShapes, shares, backwards, steps = 20 } = room;
  const arena = new Arena();
  const values = (i: number, stream: number, bound: number) => {
    const known = formulaValues(pytorch.seed, stream, sizeOf(goldenShapes[i]), bound);
    return Float32Array.from({ length: sizeOf(shapes[i]) }, (_, element) => known[element % known.length]);
  };
  const parameters = shapes.map((shape, i) => {
    const data = arena.float32(sizeOf(shape));
    data.set(values(i, 6100 + i, 1));
    return {
      name: `${i}.weight`,
      shape,
      strides: stridesOf(shape),
      initial: { constant: 0 },
      requiresGrad: true,
      data,
      gradient: arena.float32(data.length),
      ...(shares ? { shardGradients: arena.float32(shares.length * data.length) } : {}),
    };
  });
  const optimizer = optimizerOf(golden);
  const graph = { modules: [], nodes: [], outputs: [] };
  const memory = { kernels: loadKernels(kernels, arena.memory), arena, graph, network: undefined };
  const sum = sumReduction(memory.kernels);
  const reduction = golden.maxNorm === undefined ? sum : clippedReduction(memory, parameters, sum, golden.maxNorm);
  const { phases, state } = planUpdates(optimizer, memory, parameters, reduction);
  const after = Array.from({ length: steps }, (_, number) => {
    for (const [i, { gradient, shardGradients }] of parameters.entries()) {
      const found = values(i, 6110 + 2 * number + i, pytorch.gradientBounds[number % 4]);
      if (shardGradients && shares) shardGradients.set(shares.flatMap((share) => [...found.map((g) => g * share)]));
      else gradient.set(found);
    }
    const learningRate = optimizer.learningRate * learningRateFactor(golden.schedule ?? { type: 'constant' }, number);
    const pass: Pass = { samples: 8, shards: shares?.length ?? 1, training: true, number, learningRate };
    for (const phase of phases) {
      const units = Array.from({ length: unitsOf(phase, pass) }, (_, unit) => unit);
      for (const unit of backwards ? units.reverse() : units) runUnit(phase, unit, pass, new Float32Array(0));
    }
    return parameters.flatMap(({ data }) => [...data]);
  });
  return { after, state };
}

const title = ({ optimizer, options, maxNorm, schedule }: GoldenCase) =>
  `${optimizer} ${JSON.stringify(options)}${maxNorm ? `, clipped to ${maxNorm}` : ''}${schedule ? `, ${schedule.type}` : ''}`;
const cases = pytorch.cases.map((golden): [string, GoldenCase] => [title(golden), golden]);
// More than one thread updates at a time, and no multiple of a vector's length; the second of the steps is clipped.
const large = { shapes: [[16_387, 1], [3]], steps: 3 };

describe.each(['reference', 'simd'] as const)('over 20 steps on %s kernels', (kernels) => {
  // PyTorch's own float32 and float64 part here by up to 4.7e-7 (golden/recipe_reference.py --double), so that two
  // sequences of float32 operations may by twice that.
  it.each(cases)('%s: parameters and state within 1e-6 of the largest of PyTorch’s', (_, golden) => {
    const { after, state } = run(golden, kernels);
    for (const [i, expected] of golden.after.entries())
      expect(relativeError(after[pytorch.steps[i] - 1], expected)).toBeLessThan(1e-6);
    const names = Object.keys(golden.state);
    expect([...state.keys()].sort()).toEqual(names.flatMap((name) => [`0.weight.${name}`, `1.weight.${name}`]).sort());
    for (const name of names) {
      const found = [0, 1].flatMap((i) => [
        ...(rowMajor(state.get(`${i}.weight.${name}`) as TensorView) as Float32Array),
      ]);
      expect(relativeError(found, golden.state[name])).toBeLessThan(1e-6);
    }
  });

  it.each(cases.filter(([, { maxNorm }]) => maxNorm === undefined))(
    '%s: a parameter of 16,387 elements gets the update of each element to the bit',
    (_, golden) => {
      const [small, found] = [run(golden, kernels, { steps: 3 }), run(golden, kernels, large)];
      for (const [step, after] of found.after.entries()) {
        const expected = Array.from({ length: 16_387 }, (_, i) => small.after[step][i % 6]);
        expect(unequal(after.slice(0, 16_387), expected)).toEqual([]);
      }
    },
  );

  it.each(cases)(
    '%s: gradients come from the shards’ gradients, to the bit, and parts run in any order',
    (_, golden) => {
      const wanted = run(golden, kernels, large).after[2];
      const sharded = run(golden, kernels, { ...large, shares: [0.5, 0.25, 0.25], backwards: true });
      expect(unequal(sharded.after[2], wanted)).toEqual([]);
    },
  );
});

it.each(cases)('%s: simd has the bits of reference after 3 steps on 16,390 elements', (_, golden) => {
  const [simd, reference] = (['simd', 'reference'] as const).map((kernels) => run(golden, kernels, large));
  expect(unequal(simd.after[2], reference.after[2])).toEqual([]);
});

describe('clipping to a norm', () => {
  it('to 1 of the golden cases clips some steps and spares others', () => {
    const clipped = pytorch.cases.filter(({ maxNorm }) => maxNorm === 1);
    expect(clipped).toHaveLength(4);
    for (const { norms = [] } of clipped)
      expect(new Set(norms.map((norm) => norm > 1))).toEqual(new Set([true, false]));
  });

  // A step at rate 1 without momentum takes the clipped gradient from the parameters, so that what it takes from all of
  // them has the norm asked for. A parameter of up to 1.2 is rounded by 2⁻²⁴ at most, all of them by √16,390 times that.
  it('takes the norm over 16,390 elements in two parameters: 10 remain of more than 100, within 1e-5', () => {
    const taken = (maxNorm: number) => {
      const golden: GoldenCase = { optimizer: 'SGD', options: { learningRate: 1 }, maxNorm, after: [], state: {} };
      const [first, second] = run(golden, 'simd', large).after;
      return Math.sqrt(second.reduce((sum, value, i) => sum + (value - first[i]) ** 2, 0));
    };
    expect(taken(1e9)).toBeGreaterThan(100);
    expect(Math.abs(taken(10) - 10)).toBeLessThan(1e-5);
  });
});

describe('the optimizers’ arguments', () => {
  it('default to PyTorch’s', () => {
    const shared = { learningRate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 'all' };
    expect({ ...new Adam() }).toEqual({ type: 'Adam', ...shared, weightDecay: 0 });
    expect({ ...new AdamW() }).toEqual({ type: 'AdamW', ...shared, weightDecay: 1e-2 });
  });

  it.each<[string, AdamOptions]>([
    ['learningRate', { learningRate: -1e-3 }],
    ['learningRate', { learningRate: Number.NaN }],
    ['betas', { betas: [1, 0.9] }],
    ['betas', { betas: [0.9, -0.1] }],
    ['betas', { betas: [0.9] as unknown as [number, number] }],
    ['eps', { eps: -1e-8 }],
    ['weightDecay', { weightDecay: -0.1 }],
    ['decay', { decay: 'biases' as 'weights' }],
  ])('%s as in %j: ARGUMENT', (name, options) => {
    expect(thrown(() => new Adam(options))).toMatch(new RegExp(`^ARGUMENT: Adam ${name}`));
    expect(thrown(() => new AdamW(options))).toMatch(new RegExp(`^ARGUMENT: AdamW ${name}`));
  });

  it('a Trainer’s is an Optimizer of a class that is registered: ARGUMENT for one that is not, or a plain object', () => {
    class Lion extends Adam {
      override readonly type: string = 'Lion';
    }
    expect(thrown(() => createOptimizer(optimizerConfig(new Lion())))).toBe(
      "ARGUMENT: no optimizer of type 'Lion'; there are SGD, Adam, AdamW, RMSprop, Muon. See registerOptimizer for your own",
    );
    expect(thrown(() => optimizerConfig({ learningRate: 0.1 } as never))).toBe(
      "ARGUMENT: optimizer must be an Optimizer, such as new SGD({ learningRate: 0.1 }), not an object of 'learningRate'",
    );
  });

  it('SGD’s decay is one of two: ARGUMENT', () => {
    const options = { learningRate: 0.1, decay: 'none' } as unknown as SGDOptions;
    expect(thrown(() => new SGD(options))).toMatch(/^ARGUMENT: SGD decay/);
  });
});
