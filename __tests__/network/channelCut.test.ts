import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d, Conv2d, Model, type Module, ReLU, ReLU6, Sequential } from '../../dist/index.js';
import { algorithmFor } from '../../src/layers/convolution/algorithms.js';
import type { Mode } from '../../src/network/fusion/rule.js';
import { checkOptions } from '../../src/network/modelOptions.js';
import { PlannedNetwork } from '../../src/network/plannedNetwork.js';
import type { Phase } from '../../src/program/phase.js';
import { formulaValues } from '../support/formula.js';
import { unequal } from '../support/unequal.js';
import { type Order, runUnits } from '../support/unitOrder.js';

const inputShape = [128, 6, 6];
const norm = (channels: number, activation: Module) => [new BatchNorm2d(channels), activation];

/** Convolutions of all kinds with many channels and few pixels, each with its BatchNorm: at batch 7 all are cut by channels. */
const deep = () =>
  new Sequential([
    new Conv2d(128, 136, 3, { padding: 1 }),
    ...norm(136, new ReLU()),
    // Arrays of one size: what a convolution has read may be written over by what follows it.
    ...[1, 2, 3].flatMap(() => [
      new Conv2d(136, 136, 3, { padding: 1 }),
      ...norm(136, new ReLU()),
      new Conv2d(136, 136, 3, { padding: 1, groups: 136 }),
      ...norm(136, new ReLU6()),
    ]),
    new Conv2d(136, 136, 3, { padding: 1 }),
    ...norm(136, new ReLU()),
    new Conv2d(136, 264, 3, { stride: 2, padding: 1 }),
    ...norm(264, new ReLU6()),
    new Conv2d(264, 264, 3, { padding: 1, groups: 264 }),
    ...norm(264, new ReLU6()),
    new Conv2d(264, 136, 1),
    new BatchNorm2d(136),
    new Conv2d(136, 136, 5, { padding: 2 }),
    new Conv2d(136, 136, 5, { stride: 2, padding: 2 }),
    new ReLU(),
    new Conv2d(136, 130, 3, { padding: 1 }),
    new ReLU(),
    new Conv2d(130, 129, 3, { stride: 2, padding: 1 }),
    new Conv2d(129, 128, 3, { padding: 1 }),
  ]);

interface Options {
  readonly batchSize: number;
  readonly kernels?: 'reference' | 'simd';
  readonly order?: Order;
}

/** Of seven images the outputs and, in training, the gradients of input and parameters. */
function numbersOf(mode: Mode, { batchSize, kernels = 'simd', order = 'first to last' }: Options): Float32Array[] {
  const options = { inputShape, batchSize, shards: 3, seed: 2, inputGradient: true, kernels };
  const { graph } = new Model(deep(), options);
  const network = new PlannedNetwork(checkOptions(graph, options, []));
  const { prepare, forward, backward, input, output, parameters } = network.plan(mode);
  const training = mode === 'training';
  const step = { samples: batchSize, shards: training ? 3 : batchSize, training, number: 0, learningRate: 0 };
  const run = (phases: readonly Phase[]) => runUnits(phases, step, network.scratch[0], order);
  input.data.set(formulaValues(1, 1, 30 * 128 * 36).subarray(0, input.data.length));
  run(prepare);
  run(forward);
  const y = output.data.slice();
  if (!training) return [y];
  output.gradient.set(formulaValues(1, 2, y.length));
  run(backward);
  return [y, input.gradient.slice(), ...parameters.map(({ gradient }) => gradient.slice())];
}

describe.each(['training', 'evaluation'] as const)('convolutions that are cut by channels, in %s', (mode) => {
  const expected = numbersOf(mode, { batchSize: 7 });

  it.each<Options>([
    { batchSize: 7, order: 'last to first' },
    { batchSize: 7, kernels: 'reference' },
  ])('give the same bits with %j', (options) => {
    for (const [i, numbers] of numbersOf(mode, options).entries())
      expect([i, unequal(numbers, expected[i])]).toEqual([i, []]);
  });
});

it.each([4, 7, 30])('convolutions give an image the same bits in evaluation in batches of 1 and of %d', (batchSize) => {
  const [alone] = numbersOf('evaluation', { batchSize: 1 });
  const [together] = numbersOf('evaluation', { batchSize });
  expect(unequal(together.subarray(0, alone.length), alone)).toEqual([]);
});

describe('the cut of a convolution', () => {
  const choose = (conv: Conv2d, size: number, batchSize: number) =>
    algorithmFor(
      { convolution: 'auto', batchSize, shards: 20, training: true },
      conv,
      [conv.inChannels, size, size],
      conv.outputShape([conv.inChannels, size, size]),
    ).name;
  const same = { padding: 1 };

  const cases: readonly (readonly [Conv2d, number, number, string])[] = [
    [new Conv2d(64, 64, 3, same), 28, 100, 'Winograd by shards'],
    [new Conv2d(64, 64, 3, same), 28, 1, 'Winograd by channels'],
    [new Conv2d(512, 512, 3, same), 4, 64, 'Winograd by channels'],
    [new Conv2d(512, 512, 3, same), 2, 64, 'pixels by channels'],
    [new Conv2d(32, 32, 3, same), 2, 64, 'Winograd by shards'],
    [new Conv2d(512, 512, 3, same), 1, 64, 'im2col by channels'],
    [new Conv2d(64, 128, 3, { stride: 2, padding: 1 }), 32, 64, 'Winograd by shards'],
    [new Conv2d(320, 1280, 1), 1, 64, 'im2col by channels'],
    [new Conv2d(32, 192, 1), 8, 64, 'im2col by shards'],
    [new Conv2d(576, 576, 3, { padding: 1, groups: 576 }), 2, 64, 'depthwise by channels'],
    [new Conv2d(1, 6, 5, { padding: 2 }), 28, 64, 'im2col by shards'],
  ];

  it.each(cases.map(([conv, size, batchSize, name]) => ({ layer: conv.describe(), conv, size, batchSize, name })))(
    '$layer on $size×$size pixels in batches of $batchSize: $name',
    ({ conv, size, batchSize, name }) => {
      expect(choose(conv, size, batchSize)).toBe(name);
    },
  );
});
