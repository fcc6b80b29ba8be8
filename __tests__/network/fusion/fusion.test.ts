import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../../src/layers/conv2d.js';
import { Dropout } from '../../../src/layers/dropout.js';
import type { Layer } from '../../../src/layers/layer.js';
import { MaxPool2d } from '../../../src/layers/maxPool2d.js';
import { ReLU } from '../../../src/layers/relu.js';
import { Model } from '../../../src/network/model.js';
import { Sequential } from '../../../src/network/sequential.js';
import { sizeOf } from '../../../src/tensor/shape.js';
import { rowMajor } from '../../../src/tensor/view.js';
import { values } from '../../support/kernelRoom.js';
import { backward, forward } from '../../support/passes.js';
import { unequal } from '../../support/unequal.js';

const [SAMPLES, CHANNELS] = [5, 8];
const conv = (channels = CHANNELS) => new Conv2d(channels, channels, 3, { padding: 1 });
const norm = (channels = CHANNELS) => new BatchNorm2d(channels);

const networks: Record<string, () => Layer[]> = {
  'Conv2d, ReLU': () => [conv(), new ReLU()],
  'Conv2d, BatchNorm2d': () => [conv(), norm()],
  'Conv2d, ReLU, BatchNorm2d': () => [conv(), new ReLU(), norm()],
  'Conv2d, BatchNorm2d, ReLU, BatchNorm2d': () => [conv(), norm(), new ReLU(), norm()],
  'Conv2d, ReLU, ReLU, BatchNorm2d': () => [conv(), new ReLU(), new ReLU(), norm()],
  'Conv2d, Dropout, BatchNorm2d': () => [conv(), new Dropout(0.3), norm()],
  'Conv2d, ReLU, Dropout, BatchNorm2d': () => [conv(), new ReLU(), new Dropout(0.3), norm()],
  'Conv2d, ReLU, Dropout, Dropout, BatchNorm2d': () => [conv(), new ReLU(), new Dropout(0.3), new Dropout(0.5), norm()],
  'Conv2d, ReLU, Dropout of all, BatchNorm2d': () => [conv(), new ReLU(), new Dropout(1), norm()],
  'Conv2d, ReLU, Dropout of nothing, BatchNorm2d': () => [conv(), new ReLU(), new Dropout(0), norm()],
  'Conv2d, Dropout, ReLU, BatchNorm2d': () => [conv(), new Dropout(0.3), new ReLU(), norm()],
  'Conv2d, BatchNorm2d without weight, ReLU': () => [conv(), new BatchNorm2d(CHANNELS, { affine: false }), new ReLU()],
  'Conv2d, ReLU, BatchNorm2d without running statistics, ReLU': () => [
    conv(),
    new ReLU(),
    new BatchNorm2d(CHANNELS, { trackRunningStats: false }),
    new ReLU(),
  ],
  'BatchNorm2d, ReLU, Conv2d, ReLU': () => [norm(), new ReLU(), conv(), new ReLU()],
};

interface Setting {
  readonly inputShape?: readonly [number, number, number];
  readonly convolution?: 'winograd' | 'im2col';
  readonly shards?: number;
}

/** A model of the network with a convolution in front, its layers made one where rules say so, or each by itself. */
const build = (
  layers: Layer[],
  fusion: boolean,
  { inputShape = [CHANNELS, 6, 7], convolution = 'winograd', shards = 2 }: Setting,
) =>
  new Model(new Sequential([conv(inputShape[0]), ...layers]), {
    inputShape,
    batchSize: SAMPLES,
    shards,
    seed: 4,
    inputGradient: true,
    convolution,
    fusion,
  });

/** The numbers of a course of the network with fusion, and of one without. */
function expectSame(layers: () => Layer[], setting: Setting): void {
  const [joined, apart] = [true, false].map((fusion) => course(build(layers(), fusion, setting)));
  expect(Object.keys(joined)).toEqual(Object.keys(apart));
  for (const [what, numbers] of Object.entries(apart))
    expect([what, unequal(joined[what], numbers)]).toEqual([what, []]);
}

/** Two training passes, then one in eval mode: outputs, gradients and state. */
function course(model: Model): Record<string, number[]> {
  const input = (stream: number) => values(SAMPLES * sizeOf(model.inputShape), stream);
  const numbers: Record<string, number[]> = {};
  for (const step of [1, 2]) {
    numbers[`output ${step}`] = [...forward(model.train(), input(step))];
    numbers[`input gradient ${step}`] = [...backward(model, values(SAMPLES * sizeOf(model.output.shape), 2 + step))];
    for (const [name, gradient] of model.gradients())
      numbers[`${name} ${step}`] = Array.from(rowMajor(gradient), Number);
  }
  for (const [name, tensor] of model.stateDict()) numbers[name] = Array.from(rowMajor(tensor), Number);
  numbers.evaluated = [...forward(model.eval(), input(5))];
  return numbers;
}

describe.each(['winograd', 'im2col'] as const)('layers that do their neighbours’ work, %s', (convolution) => {
  it.each(Object.keys(networks))('%s: the same bits as apart, training and not', (name) => {
    expectSame(networks[name], { convolution });
  });
});

const pool = () => new MaxPool2d(2);

const pooled: Record<string, (channels: number) => Layer[]> = {
  'BatchNorm2d, MaxPool2d': (c) => [norm(c), pool()],
  'ReLU, Dropout, BatchNorm2d, MaxPool2d, Dropout': (c) => [
    new ReLU(),
    new Dropout(0.3),
    norm(c),
    pool(),
    new Dropout(0.2),
  ],
  'ReLU, BatchNorm2d without weight and running statistics, MaxPool2d': (c) => [
    new ReLU(),
    new BatchNorm2d(c, { affine: false, trackRunningStats: false }),
    pool(),
  ],
  'BatchNorm2d, MaxPool2d, ReLU, Conv2d': (c) => [norm(c), pool(), new ReLU(), conv(c)],
  'BatchNorm2d, MaxPool2d, BatchNorm2d': (c) => [norm(c), pool(), norm(c)],
  'BatchNorm2d, ReLU, MaxPool2d': (c) => [norm(c), new ReLU(), pool()],
  'BatchNorm2d, Dropout, MaxPool2d': (c) => [norm(c), new Dropout(0.3), pool()],
  'BatchNorm2d, MaxPool2d of 3×3 windows': (c) => [norm(c), new MaxPool2d(3)],
  'BatchNorm2d, MaxPool2d of windows that overlap': (c) => [norm(c), new MaxPool2d(2, { stride: 1 })],
  'BatchNorm2d, MaxPool2d of padded windows': (c) => [norm(c), new MaxPool2d(2, { padding: 1 })],
  'BatchNorm2d, MaxPool2d of dilated windows': (c) => [norm(c), new MaxPool2d(2, { dilation: 2 })],
};

// Windows that cover the image with sixteens of channels are done with BatchNorm; odd sizes and eights are not.
const shapes = [
  [16, 6, 10],
  [32, 4, 6],
  [16, 7, 6],
  [16, 6, 7],
  [8, 4, 4],
] as const;

describe.each(shapes)('MaxPool2d behind BatchNorm2d, input %d×%d×%d', (...inputShape) => {
  it.each(Object.keys(pooled))('%s: the same bits as apart in 1, 2 and 5 shards, training and not', (name) => {
    for (const shards of [1, 2, 5]) expectSame(() => pooled[name](inputShape[0]), { inputShape, shards });
  });

  it('the activation of a BatchNorm2d that pools as well is the pooled one, else its own', () => {
    const { activations } = build([norm(inputShape[0]), pool()], true, { inputShape });
    const [own, next] = ['1 BatchNorm2d', '2 MaxPool2d'].map((name) => activations.get(name)?.data);
    const fused = inputShape.every((length, axis) => length % [16, 2, 2][axis] === 0);
    expect(own === next).toBe(fused);
  });
});

describe('passes in turn', () => {
  it.each(['winograd', 'im2col'] as const)(
    'a pass in eval mode leaves the gradients of the next training pass, %s',
    (convolution) => {
      const [plain, used] = [1, 2].map(() => build([new ReLU(), conv()], true, { convolution }));
      forward(used.eval(), values(SAMPLES * sizeOf(used.inputShape), 1));
      const found = course(used);
      for (const [what, numbers] of Object.entries(course(plain)))
        expect([what, unequal(found[what], numbers)]).toEqual([what, []]);
    },
  );
});
