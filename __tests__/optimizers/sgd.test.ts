import { describe, expect, it } from '@jest/globals';
import { type KernelChoice, loadKernels } from '../../src/kernels/load.js';
import { sumReduction } from '../../src/optimizers/reduction.js';
import { SGD, type SGDOptions } from '../../src/optimizers/sgd.js';
import { planUpdates } from '../../src/optimizers/updates.js';
import { runAlone } from '../../src/program/phase.js';
import { Arena } from '../../src/tensor/arena.js';
import { formulaValues } from '../support/formula.js';
import { readJson } from '../support/golden.js';
import { thrown } from '../support/thrown.js';
import { unequal } from '../support/unequal.js';

interface GoldenCase {
  readonly options: {
    readonly lr: number;
    readonly momentum?: number;
    readonly dampening?: number;
    readonly weight_decay?: number;
    readonly nesterov?: boolean;
  };
  /** The parameter after each of five steps. */
  readonly after: readonly (readonly number[])[];
}

const { seed, cases }: { seed: number; cases: GoldenCase[] } = readJson('sgd.json');

const optionsOf = ({ lr, weight_decay, ...options }: GoldenCase['options']): SGDOptions => ({
  ...options,
  learningRate: lr,
  ...(weight_decay === undefined ? {} : { weightDecay: weight_decay }),
});

const ELEMENTS = 7;
const UNIT = 2 ** -24; // float32's relative rounding error

/** A stream of the golden values, over and over. */
const stream = (number: number, length: number) => {
  const values = formulaValues(seed, number, ELEMENTS);
  return Float32Array.from({ length }, (_, i) => values[i % ELEMENTS]);
};

/** The parameter after each of five steps, its gradient given whole or as shards’ gradients that add up to it exactly. */
function run(options: SGDOptions, kernels: KernelChoice, length: number, shares?: readonly number[]): Float32Array[] {
  const arena = new Arena();
  const parameter = {
    name: 'p',
    shape: [length],
    strides: [1],
    initial: { constant: 0 },
    requiresGrad: true,
    data: arena.float32(length),
    gradient: arena.float32(length),
    ...(shares ? { shardGradients: arena.float32(shares.length * length) } : {}),
  };
  parameter.data.set(stream(6000, length));
  const room = {
    kernels: loadKernels(kernels, arena.memory),
    arena,
    graph: { modules: [], nodes: [], outputs: [] },
    network: undefined,
  };
  const { phases } = planUpdates(new SGD(options), room, [parameter], sumReduction(room.kernels));
  return Array.from({ length: 5 }, (_, number) => {
    const gradient = stream(6001 + number, length);
    if (!shares) parameter.gradient.set(gradient);
    else
      for (const [s, share] of shares.entries())
        parameter.shardGradients?.set(
          gradient.map((g) => g * share),
          s * length,
        );
    const pass = {
      samples: 8,
      shards: shares?.length ?? 1,
      training: true,
      number,
      learningRate: options.learningRate,
    };
    runAlone(phases, pass, new Float32Array(0));
    return parameter.data.slice();
  });
}

describe.each(['reference', 'simd'] as const)('SGD on %s kernels', (kernels) => {
  // A step rounds three products and three sums, and the parameter; PyTorch may fuse some. What is rounded counts in
  // the parameter at most with the parameter's own size, since the learning rate scales the larger momentum down.
  it.each(cases)('$options: five steps within 35·2⁻²⁴ of the largest of PyTorch’s', ({ options, after }) => {
    const found = run(optionsOf(options), kernels, ELEMENTS);
    const largest = Math.max(...after.flat().map(Math.abs));
    for (const [step, expected] of after.entries())
      for (const [i, value] of expected.entries())
        expect(Math.abs(found[step][i] - value)).toBeLessThanOrEqual(35 * UNIT * largest);
  });

  it('a parameter of 40,003 elements gets the update of each element to the bit', () => {
    const options = optionsOf(cases[7].options);
    const [small, large] = [run(options, kernels, ELEMENTS), run(options, kernels, 40_003)];
    for (const [step, found] of large.entries())
      expect(
        unequal(
          found,
          Float32Array.from(found, (_, i) => small[step][i % ELEMENTS]),
        ),
      ).toEqual([]);
  });

  it('gradients come from the shards’ gradients where there are some', () => {
    const options = optionsOf(cases[5].options);
    const [sharded, whole] = [run(options, kernels, 20_001, [0.5, 0.25, 0.25]), run(options, kernels, 20_001)];
    expect(sharded.flatMap((after, step) => unequal(after, whole[step]))).toEqual([]);
  });
});

describe('SGD’s arguments', () => {
  it('default to PyTorch’s: no momentum, dampening, weight decay, Nesterov', () => {
    expect({ ...new SGD({ learningRate: 0.1 }) }).toEqual({
      type: 'SGD',
      learningRate: 0.1,
      momentum: 0,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      decay: 'all',
    });
  });

  it.each<[string, Partial<SGDOptions>]>([
    ['a negative learning rate', { learningRate: -0.1 }],
    ['a learning rate that is not a number', { learningRate: Number.NaN }],
    ['an infinite learning rate', { learningRate: Infinity }],
    ['a negative momentum', { momentum: -0.9 }],
    ['a negative weight decay', { weightDecay: -1e-4 }],
    ['an infinite dampening', { momentum: 0.9, dampening: Infinity }],
    ['Nesterov without momentum', { nesterov: true }],
    ['Nesterov with dampening', { nesterov: true, momentum: 0.9, dampening: 0.1 }],
  ])('%s: ARGUMENT', (_what, options) => {
    expect(thrown(() => new SGD({ learningRate: 0.1, ...options }))).toMatch(/^ARGUMENT: /);
  });
});
