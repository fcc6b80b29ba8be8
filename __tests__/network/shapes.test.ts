import { describe, expect, it } from '@jest/globals';
import { AvgPool2d } from '../../src/layers/avgPool2d.js';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Dropout } from '../../src/layers/dropout.js';
import { Dropout2d } from '../../src/layers/dropout2d.js';
import { Flatten } from '../../src/layers/flatten.js';
import type { Layer } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { MaxPool2d } from '../../src/layers/maxPool2d.js';
import { ReLU } from '../../src/layers/relu.js';
import { Upsample } from '../../src/layers/upsample.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { thrown } from '../support/thrown.js';

describe('a layer that does not fit', () => {
  // In each, block1.3 gets what block1.2 puts out: [16, 6, 5].
  it.each<[string, Layer, string]>([
    ['Conv2d with other channels', new Conv2d(32, 8, 3), '[32, height, width]'],
    ['BatchNorm2d with other channels', new BatchNorm2d(17), '[17, height, width]'],
    ['Linear without Flatten', new Linear(480, 10), '[480]'],
    ['Conv2d with too high a window', new Conv2d(16, 8, [9, 1], { padding: [1, 0] }), '9'],
    ['Conv2d with too wide a window', new Conv2d(16, 8, [1, 6]), '6'],
    ['MaxPool2d with too high a window', new MaxPool2d([7, 1]), '7'],
    ['MaxPool2d with too wide a window', new MaxPool2d([1, 6]), '6'],
    [
      'MaxPool2d whose dilated, padded window is too high',
      new MaxPool2d([2, 1], { padding: [1, 0], dilation: 8 }),
      '7',
    ],
    [
      'AvgPool2d that would be too wide if it did not round up',
      new AvgPool2d([1, 8], { stride: 2, ceilMode: true }),
      '7',
    ],
    ['Upsample that leaves no pixel', new Upsample({ scaleFactor: [1, 0.1] }), '(1, 0.1)'],
  ])('%s: SHAPE names block1.3, the shape it got and what it wants', (_what, layer, wants) => {
    const network = new Sequential({
      block1: new Sequential([new Conv2d(1, 16, 3), new ReLU(), new Dropout(0.1), layer]),
      rest: new Sequential([new Flatten()]),
    });
    const message = thrown(() => new Model(network, { inputShape: [1, 8, 7], batchSize: 2 }));
    expect(message).toMatch(/^SHAPE: /);
    for (const part of ['block1.3', layer.describe(), '[16, 6, 5]', wants]) expect(message).toContain(part);
  });

  it.each<[string, Layer, string]>([
    ['Linear with other features', new Linear(29, 10), '[29]'],
    ['Conv2d on features', new Conv2d(30, 10, 1), '[30, height, width]'],
    ['BatchNorm2d on features', new BatchNorm2d(30), '[30, height, width]'],
    ['MaxPool2d on features', new MaxPool2d(2), '[channels, height, width]'],
    ['Dropout2d on features', new Dropout2d(), '[channels, height, width]'],
  ])('%s: SHAPE names the innermost layer by its full path, got [30], and what it wants', (_what, layer, wants) => {
    const network = new Sequential({ a: new Sequential({ b: new Sequential({ c: new Sequential([layer]) }) }) });
    const message = thrown(() => new Model(network, { inputShape: [30], batchSize: 2 }));
    for (const part of ['SHAPE: ', 'a.b.c.0', '[30]', wants]) expect(message).toContain(part);
  });

  it('windows that just fit are taken', () => {
    const network = new Sequential([
      new Conv2d(1, 2, [5, 6], { padding: [1, 0] }),
      new MaxPool2d([1, 1]),
      new Flatten(),
    ]);
    expect(new Model(network, { inputShape: [1, 3, 6], batchSize: 1 }).output.shape).toEqual([2]);
  });
});

describe('a wrong argument', () => {
  it.each<[string, () => unknown]>([
    ['Conv2d without input channels', () => new Conv2d(0, 1, 3)],
    ['Conv2d with half an output channel', () => new Conv2d(1, 1.5, 3)],
    ['Conv2d with an empty kernel', () => new Conv2d(1, 1, [3, 0])],
    ['Conv2d with stride 0', () => new Conv2d(1, 1, 3, { stride: 0 })],
    ['Conv2d with negative padding', () => new Conv2d(1, 1, 3, { padding: [0, -1] })],
    ['BatchNorm2d without channels', () => new BatchNorm2d(0)],
    ['BatchNorm2d with negative eps', () => new BatchNorm2d(1, { eps: -1e-5 })],
    ['BatchNorm2d with momentum 1.1', () => new BatchNorm2d(1, { momentum: 1.1 })],
    ['MaxPool2d with an empty window', () => new MaxPool2d(0)],
    ['MaxPool2d with stride 0', () => new MaxPool2d(2, { stride: [1, 0] })],
    ['Dropout below 0', () => new Dropout(-0.1)],
    ['Dropout above 1', () => new Dropout(1.1)],
    ['Dropout of NaN', () => new Dropout(Number.NaN)],
    ['Linear without inputs', () => new Linear(0, 1)],
    ['Linear with NaN outputs', () => new Linear(1, Number.NaN)],
    ['a child with an empty name', () => new Sequential({ '': new ReLU() })],
    ['a child with a dot in its name', () => new Sequential({ 'a.b': new ReLU() })],
    ['a child named by a number in an object, which would change the order', () => new Sequential({ '1': new ReLU() })],
    ['a child named __proto__', () => new Sequential({ ['__proto__']: new ReLU() })],
    ['a model of no samples', () => new Model(network, { inputShape: [4], batchSize: 0 })],
    ['a model of half a sample', () => new Model(network, { inputShape: [4], batchSize: 0.5 })],
    ['a model without shards', () => new Model(network, { inputShape: [4], batchSize: 1, shards: 0 })],
    ['a model without workers', () => new Model(network, { inputShape: [4], batchSize: 1, workers: 0 })],
    ['a model with a negative seed', () => new Model(network, { inputShape: [4], batchSize: 1, seed: -1 })],
    ['a model with half a seed', () => new Model(network, { inputShape: [4], batchSize: 1, seed: 0.5 })],
    ['a model of images without rows', () => new Model(network, { inputShape: [1, 0, 3], batchSize: 1 })],
  ])('%s: ARGUMENT', (_what, call) => {
    expect(thrown(call)).toMatch(/^ARGUMENT: /);
  });

  const network = new Sequential([new ReLU()]);

  it.each([[[4, 4]], [[1, 2, 3, 4]], [[]]])('an input shape of neither one nor three axes, %j: SHAPE', (inputShape) => {
    expect(thrown(() => new Model(network, { inputShape, batchSize: 1 }))).toMatch(/^SHAPE: .*inputShape/);
  });

  it('is named with its value', () => {
    expect(thrown(() => new Conv2d(1, 1, 3, { stride: [1, 2.5] }))).toMatch(/Conv2d stride.*2\.5/);
    expect(thrown(() => new Dropout(7))).toMatch(/Dropout p.*7/);
  });

  it('the limits themselves are taken', () => {
    expect([new Dropout(0).p, new Dropout(1).p, new BatchNorm2d(1, { eps: 0, momentum: 1 }).momentum]).toEqual([
      0, 1, 1,
    ]);
  });
});
