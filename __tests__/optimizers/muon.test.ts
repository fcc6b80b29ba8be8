import { describe, expect, it } from '@jest/globals';
import { Muon, type MuonOptions, SGD } from '../../src/index.js';
import { type KernelChoice, loadKernels } from '../../src/kernels/load.js';
import { parameterView } from '../../src/network/stateDict.js';
import { meanOverBatches, sumReduction } from '../../src/optimizers/reduction.js';
import { planUpdates } from '../../src/optimizers/updates.js';
import { type Pass, runUnit, unitsOf } from '../../src/program/phase.js';
import { Arena } from '../../src/tensor/arena.js';
import { type Shape, sizeOf, stridesOf } from '../../src/tensor/shape.js';
import { copyTensor, rowMajor, type TensorView } from '../../src/tensor/view.js';
import { formulaValues } from '../support/formula.js';
import { readJson } from '../support/golden.js';
import { unequal } from '../support/unequal.js';

interface GoldenCase {
  readonly shape: Shape;
  /** As many times its bound is added to each number of a gradient. */
  readonly offset: number;
  readonly options: Omit<MuonOptions, 'others'>;
  /** Of each result, which of its elements are there. */
  readonly every: number;
  readonly after: readonly (readonly number[])[];
  readonly momentum_buffer: readonly number[];
  /** Of a step, of one element. */
  readonly largest: number;
  readonly errors: { readonly bfloat16: number; readonly float32: number; readonly rounds: number };
}

const golden: { seed: number; gradientBounds: number[]; steps: number[]; cases: GoldenCase[] } = readJson('muon.json');
const others = new SGD({ learningRate: 0.1 });

interface Room {
  readonly kernels?: KernelChoice;
  /** Whether the units of each phase run from the last to the first. */
  readonly backwards?: boolean;
  /** Batches of a step, each with the step's gradient. */
  readonly batches?: number;
  /** The gradient of a step, if not the reference's. */
  readonly gradient?: (step: number, size: number) => Float32Array;
}

/** Parameters of shapes, numbered as the reference's cases, in row-major order after each of four steps. Those of four dimensions
 * lie in memory as a convolution's weights do. */
function run(shapes: ReadonlyMap<number, Shape>, options: Omit<MuonOptions, 'others'>, room: Room = {}) {
  const { kernels: name = 'simd', backwards = false, batches = 1 } = room;
  const arena = new Arena();
  const kernels = loadKernels(name, arena.memory);
  const parameters = [...shapes].map(([i, shape]) => {
    const strides = stridesOf(shape, shape.length === 4 ? [2, 3, 1, 0] : undefined);
    const [data, gradient] = [arena.float32(sizeOf(shape)), arena.float32(sizeOf(shape))];
    const parameter = {
      name: `${i}.weight`,
      shape,
      strides,
      initial: { uniform: 1 },
      requiresGrad: true,
      data,
      gradient,
    };
    const fill = (array: Float32Array, values: Float32Array) =>
      copyTensor({ shape, data: values }, parameterView(parameter, array));
    fill(data, formulaValues(golden.seed, 9000 + 100 * i, data.length));
    const ofReference = (step: number) => {
      const bound = golden.gradientBounds[step % 3];
      const values = formulaValues(golden.seed, 9001 + 100 * i + step, data.length, bound);
      return values.map((value) => value + golden.cases[i].offset * bound);
    };
    const gradientOf = (step: number) => room.gradient?.(step, data.length) ?? ofReference(step);
    return { ...parameter, fillGradient: (step: number) => fill(gradient, gradientOf(step)) };
  });
  const model = { kernels, arena, graph: { modules: [], nodes: [], outputs: [] }, network: undefined };
  const muon = new Muon({ ...options, others });
  const reduction = batches === 1 ? sumReduction(kernels) : meanOverBatches(model, parameters);
  const { phases, state, scratch } = planUpdates(muon, model, parameters, reduction);
  const memory = arena.float32(scratch);
  const inOrder = (view: TensorView) => rowMajor(view) as Float32Array;
  const after = Array.from({ length: 4 }, (_, number) => {
    const groupRates = [others.learningRate];
    const step = { samples: 8, shards: 1, training: true, number, learningRate: muon.learningRate, groupRates };
    for (let index = 0; index < batches; index++) {
      for (const { fillGradient } of parameters) fillGradient(number);
      const pass: Pass = { ...step, batch: batches === 1 ? undefined : { index, count: batches } };
      for (const phase of phases) {
        const units = Array.from({ length: unitsOf(phase, pass) }, (_, unit) => unit);
        for (const unit of backwards ? units.reverse() : units) runUnit(phase, unit, pass, memory);
      }
    }
    return parameters.map((parameter) => inOrder(parameterView(parameter, parameter.data)));
  });
  const means = parameters.map(({ name }) => inOrder(state.get(`${name}.momentum_buffer`) as TensorView));
  return { after, means, phases };
}

const cases = golden.cases.map((one, i): [string, number, GoldenCase] => [
  `${JSON.stringify(one.shape)} ${JSON.stringify(one.options)}${one.offset > 0 ? `, gradients near ${one.offset}` : ''}`,
  i,
  one,
]);

const errorOf = (found: Float32Array, expected: readonly number[], every: number) =>
  Math.max(...expected.map((value, i) => Math.abs(found[i * every] - value)));

// The reference's values are float64's, and its own float32 in rounds, as ours, is off by `rounds` of the largest change. We round
// the same sums at other places: four times that.
describe.each(['reference', 'simd'] as const)('four steps on %s kernels', (kernels) => {
  it.each(cases)('%s: parameter and momentum within 4 float32 errors of the paper’s in float64', (_, i, one) => {
    const { shape, options, every, after, largest, errors } = one;
    const found = run(new Map([[i, shape]]), options, { kernels });
    const tolerance = 4 * errors.rounds * largest;
    for (const [k, step] of golden.steps.entries())
      expect(errorOf(found.after[step - 1][0], after[k], every)).toBeLessThan(tolerance);
    expect(errorOf(found.means[0], one.momentum_buffer, every)).toBeLessThan(
      1e-6 * Math.max(1, ...one.momentum_buffer),
    );
  });
});

it('the tolerances are below a fiftieth of what bfloat16 is off by, in which Muon is known to train', () => {
  for (const { errors } of golden.cases) expect(4 * errors.rounds).toBeLessThan(errors.bfloat16 / 50);
});

describe('several parameters at once', () => {
  const shapes = new Map(
    cases.flatMap(([, i, { shape, options }]) => (Object.keys(options).length === 1 ? [[i, shape]] : [])),
  );
  const options = { learningRate: 0.05 };

  it('have the bits of each by itself, in as many phases, and parts run in any order', () => {
    const all = run(shapes, options, { backwards: true });
    for (const [place, [i, shape]] of [...shapes].entries()) {
      const alone = run(new Map([[i, shape]]), options);
      expect(alone.phases).toHaveLength(all.phases.length);
      expect([i, unequal(all.after[3][place], alone.after[3][0])]).toEqual([i, []]);
    }
  });

  it('are updated once a step of two batches, by their mean gradient', () => {
    const [twice, once] = [2, 1].map((batches) => run(shapes, options, { batches }));
    for (const [place, array] of twice.after[3].entries())
      expect([place, unequal(array, once.after[3][place])]).toEqual([place, []]);
  });

  it('simd has the bits of reference', () => {
    const [simd, reference] = (['simd', 'reference'] as const).map((kernels) => run(shapes, options, { kernels }));
    for (const [place, array] of simd.after[3].entries())
      expect([place, unequal(array, reference.after[3][place])]).toEqual([place, []]);
  });
});

describe('hostile gradients', () => {
  const shapes = new Map<number, Shape>([
    [0, [6, 40]],
    [6, [12, 3, 3, 3]],
  ]);
  const options = { learningRate: 0.05, weightDecay: 0 };
  const scaled = (factor: number) =>
    run(shapes, options, {
      gradient: (step, size) => formulaValues(golden.seed, 77 + step, size).map((value) => value * factor),
    });
  const firstOf = (shape: Shape, i: number) => formulaValues(golden.seed, 9000 + 100 * i, sizeOf(shape));

  it('of 0 leave the parameter where it is, but for its decay, to the bit', () => {
    const zero = { gradient: (_: number, size: number) => new Float32Array(size) };
    const still = run(shapes, options, zero).after[3];
    const decayed = run(shapes, { learningRate: 0.5, weightDecay: 0.5 }, zero).after[0];
    for (const [place, [i, shape]] of [...shapes].entries()) {
      expect(unequal(still[place], firstOf(shape, i))).toEqual([]);
      expect(
        unequal(
          decayed[place],
          firstOf(shape, i).map((value) => value * 0.75),
        ),
      ).toEqual([]);
    }
  });

  // The direction has no scale; a power of two rounds nothing else.
  it.each([2 ** 66, 2 ** 120])(
    '%f times as large, with elements of 1e19 and more, give the bits of those near 1',
    (factor) => {
      const [near, far] = [scaled(1), scaled(factor)];
      for (const place of near.after[3].keys()) expect(unequal(far.after[3][place], near.after[3][place])).toEqual([]);
    },
  );

  // Divided by eps, 1e-7, they are 1e-33, and five steps of Newton–Schulz multiply them by 3.4445⁵ at most.
  it('of 1e-40, which are no normal numbers, leave the parameter where it is', () => {
    const small = scaled(1e-40);
    for (const [place, [i, shape]] of [...shapes].entries())
      expect(unequal(small.after[3][place], firstOf(shape, i))).toEqual([]);
  });

  it('that are NaN or infinite show in the parameter', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const { after } = run(shapes, options, { gradient: (_, size) => new Float32Array(size).fill(value, 0, 1) });
      expect(after[0].map((array) => array.every(Number.isNaN))).toEqual([true, true]);
    }
  });

  // With these coefficients no singular value passes 1.21; √6 of them have a norm of 3.
  it.each([1, 5, 6, 13, 99])(
    'of rank 1 and %d steps of Newton–Schulz give a direction of norm 3 or less',
    (nsSteps) => {
      const gradient = (_: number, size: number) => Float32Array.from({ length: size }, (_, k) => 1 + (k % 40));
      const plain = { learningRate: 1, weightDecay: 0, nsSteps };
      const { after } = run(new Map([[0, [6, 40]]]), plain, { gradient });
      const before = firstOf([6, 40], 0);
      const norm = Math.sqrt(after[0][0].reduce((sum, value, k) => sum + (value - before[k]) ** 2, 0));
      expect(norm).toBeGreaterThan(0.6);
      expect(norm).toBeLessThan(3);
    },
  );
});
