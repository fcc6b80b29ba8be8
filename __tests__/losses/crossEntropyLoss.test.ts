import { describe, expect, it } from '@jest/globals';
import { decodeNpy, encodeNpy } from '../../src/formats/npy.js';
import { loadKernels } from '../../src/kernels/load.js';
import { CrossEntropyLoss } from '../../src/losses/crossEntropyLoss.js';
import { runAlone } from '../../src/program/phase.js';
import { Arena } from '../../src/tensor/arena.js';
import { formulaValues } from '../support/formula.js';
import { golden, goldenCases, readJson, relativeError } from '../support/golden.js';
import { thrown } from '../support/thrown.js';

/** Loss of each sample and gradient of the mean, for a batch of logits, in so many shards. */
function run(
  kernels: 'reference' | 'simd',
  logits: ArrayLike<number>,
  targets: readonly number[],
  shards: number,
  labelSmoothing = 0,
) {
  const arena = new Arena();
  const samples = targets.length;
  const classes = logits.length / samples;
  const output = { shape: [classes], data: arena.float32(logits.length), gradient: arena.float32(logits.length) };
  output.data.set(logits);
  const [labels, losses] = [arena.int32(samples), arena.float64(samples)];
  labels.set(targets);
  const batch = { targets: labels, losses, weights: arena.float64(samples) };
  const planner = { kernels: loadKernels(kernels, arena.memory) };
  const phases = [new CrossEntropyLoss({ labelSmoothing }).plan(output, batch, planner)].flat();
  runAlone(phases, { samples, shards, training: true, number: 0, learningRate: 0 }, new Float32Array(0));
  return { losses, gradient: output.gradient };
}

interface SmoothedCase {
  readonly samples: number;
  readonly classes: number;
  readonly labelSmoothing: number;
  readonly targets: readonly number[];
  readonly loss: number;
  readonly gradient: readonly number[];
}

const smoothed: { seed: number; cases: SmoothedCase[] } = readJson('labelSmoothing.json');
const smoothedLogits = ({ samples, classes }: SmoothedCase, index: number) =>
  formulaValues(smoothed.seed, 6200 + index, samples * classes, 8);
const smoothedCases = smoothed.cases.map((one, index) => ({ ...one, logits: smoothedLogits(one, index) }));

const mean = (losses: Float64Array) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;

describe.each(['reference', 'simd'] as const)('CrossEntropyLoss on %s kernels', (kernels) => {
  // PyTorch rounds a loss to float32 (2⁻²⁴), its own sum over the batch adds a few more, exp and log one unit each;
  // ours is a float64. Gradients: one rounding of ours, a handful of PyTorch's.
  it.each(goldenCases('crossentropy'))(
    '%s: mean loss within 1e-6, relative, gradient within 1e-6 of the largest of PyTorch’s',
    (name) => {
      const value = golden(name);
      const { losses, gradient } = run(kernels, value('x').data, value('target').data, 2);
      expect(relativeError([mean(losses)], value('loss').data)).toBeLessThan(1e-6);
      expect(relativeError(gradient, value('dx').data)).toBeLessThan(1e-6);
    },
  );

  it.each(smoothedCases)(
    '$samples samples of $classes classes, label smoothing $labelSmoothing: mean loss within 1e-6, relative, gradient within 1e-6 of the largest of PyTorch’s',
    ({ logits, targets, labelSmoothing, ...pytorch }) => {
      const { losses, gradient } = run(kernels, logits, targets, 2, labelSmoothing);
      expect(relativeError([mean(losses)], [pytorch.loss])).toBeLessThan(1e-6);
      expect(relativeError(gradient, pytorch.gradient)).toBeLessThan(1e-6);
    },
  );

  it.each([0, 0.1])('gives the same bits however the batch is cut, label smoothing %d', (labelSmoothing) => {
    const value = golden('crossentropy_n100c10');
    const [one, many] = [1, 7].map((shards) =>
      run(kernels, value('x').data, value('target').data, shards, labelSmoothing),
    );
    expect(many).toEqual(one);
  });

  it('stays finite where exp would not: logits of ±1e30 give loss 2e30 and gradients of ±1/2 in a batch of two', () => {
    const large = Math.fround(1e30);
    const { losses, gradient } = run(kernels, [large, -large, large, -large], [1, 0], 1);
    expect([...losses]).toEqual([2 * large, 0]);
    expect([...gradient]).toEqual([0.5, -0.5, 0, 0]);
  });

  it('stays finite with label smoothing of ½: such logits give losses of 1.5e30 and 0.5e30', () => {
    const large = Math.fround(1e30);
    const { losses, gradient } = run(kernels, [large, -large, large, -large], [1, 0], 1, 0.5);
    expect([...losses]).toEqual([1.5 * large, 0.5 * large]);
    expect([...gradient]).toEqual([0.375, -0.375, 0.125, -0.125]);
  });
});

describe('label smoothing', () => {
  it.each(smoothedCases)(
    '$labelSmoothing in a loop of one’s own: loss and gradient within 1e-6 of PyTorch’s',
    ({ samples, classes, logits, targets, labelSmoothing, ...pytorch }) => {
      const criterion = new CrossEntropyLoss({ labelSmoothing });
      const { loss, gradient } = criterion.forward({ shape: [samples, classes], data: logits }, targets);
      expect(relativeError([loss], [pytorch.loss])).toBeLessThan(1e-6);
      expect(relativeError(gradient.data, pytorch.gradient)).toBeLessThan(1e-6);
    },
  );

  it('is 0 unless told otherwise', () => {
    expect(new CrossEntropyLoss().labelSmoothing).toBe(0);
  });

  it.each([-0.1, 1.1, Number.NaN])('of %d: ARGUMENT', (labelSmoothing) => {
    expect(thrown(() => new CrossEntropyLoss({ labelSmoothing }))).toMatch(/^ARGUMENT: .*labelSmoothing/);
  });
});

describe('forward', () => {
  const logits = [
    [1, 2],
    [3, 4],
  ];

  it('takes targets of 64 bits, in a list or a tensor as decodeNpy gives them, for what they are', () => {
    const criterion = new CrossEntropyLoss();
    const wanted = criterion.forward(logits, [0, 1]);
    const tensor = decodeNpy(encodeNpy({ shape: [2], data: BigInt64Array.of(0n, 1n) }));
    for (const targets of [BigInt64Array.of(0n, 1n), BigUint64Array.of(0n, 1n), [0n, 1n], tensor, Int32Array.of(0, 1)])
      expect(criterion.forward(logits, targets)).toEqual(wanted);
    expect(criterion.forward({ shape: [2, 2], data: BigInt64Array.of(1n, 2n, 3n, 4n) }, [0, 1])).toEqual(wanted);
  });

  it.each<[string, unknown, string]>([
    ['a class that is not there', BigInt64Array.of(0n, 2n), 'target 1 is 2; expected a class number from 0 to 1'],
    ['a negative class', BigInt64Array.of(-1n, 0n), 'target 0 is -1; expected'],
    [
      'what PyTorch ignores',
      [255, 0],
      'target 0 is 255; expected a class number from 0 to 1; new CrossEntropyLoss({ ignoreIndex: 255 }) leaves such targets out',
    ],
    [
      'classes as one of several numbers',
      [
        [0, 1],
        [1, 0],
      ],
      'target 0 is a list of 2; expected a class number',
    ],
    ['too many of them', [0n, 1n, 1n], 'there are 3 targets for 2 samples'],
    ['two axes', { shape: [2, 1], data: [0, 1] }, 'the targets: expected one axis, found shape [2, 1]'],
    ['null', null, 'the targets: expected a list, a typed array or a tensor of one axis, found null'],
  ])('refuses %s as SHAPE', (_, targets, message) => {
    expect(thrown(() => new CrossEntropyLoss().forward(logits, targets as never))).toContain(`SHAPE: ${message}`);
  });
});
