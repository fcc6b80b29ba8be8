import { describe, expect, it } from '@jest/globals';
import { Module } from '../../src/graph/module.js';
import type { Value } from '../../src/graph/value.js';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { cutByChannels } from '../../src/layers/cut.js';
import { Dropout } from '../../src/layers/dropout.js';
import { add, hardswish, relu, relu6, silu } from '../../src/layers/functions.js';
import { MaxPool2d } from '../../src/layers/maxPool2d.js';
import { Model } from '../../src/network/model.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { rowMajor } from '../../src/tensor/view.js';
import { values } from '../support/kernelRoom.js';
import { backward, forward } from '../support/passes.js';
import { unequal } from '../support/unequal.js';

const SAMPLES = 5;

/** A BatchNorm2d with what is made one with it. */
class Normalized extends Module {
  readonly norm: BatchNorm2d;
  readonly drop = new Dropout(0.2);
  readonly pool = new MaxPool2d(2);

  constructor(
    channels: number,
    momentum: number | null,
    private readonly around: (norm: Normalized, x: Value) => Value,
  ) {
    super();
    this.norm = new BatchNorm2d(channels, { momentum });
  }

  forward(x: Value): Value {
    return this.around(this, x);
  }
}

const networks: Readonly<Record<string, (network: Normalized, x: Value) => Value>> = {
  alone: ({ norm }, x) => norm.forward(x),
  'behind ReLU and Dropout': ({ norm, drop }, x) => norm.forward(drop.forward(relu(x))),
  'before ReLU': ({ norm }, x) => relu(norm.forward(x)),
  'before ReLU6': ({ norm }, x) => relu6(norm.forward(x)),
  'before SiLU': ({ norm }, x) => silu(norm.forward(x)),
  'before Hardswish': ({ norm }, x) => hardswish(norm.forward(x)),
  'with a residual and ReLU': ({ norm, drop }, x) => relu(add(norm.forward(x), drop.forward(x))),
  'before MaxPool2d': ({ norm, pool }, x) => pool.forward(norm.forward(x)),
};

/** Output, gradients and statistics of a step on one shard. */
function step(network: Module, inputShape: readonly [number, number, number]): Record<string, number[]> {
  const model = new Model(network, { inputShape, batchSize: SAMPLES, shards: 1, seed: 3, inputGradient: true });
  const [weight, bias] = model.parameters.map(({ data }) => data);
  for (let c = 0; c < weight.length; c++) [weight[c], bias[c]] = [5 - (c % 7), (c % 3) - 1];
  const y = [...forward(model.train(), values(SAMPLES * sizeOf(inputShape), 1))];
  const dx = [...backward(model, values(y.length, 2))];
  const numbers: Record<string, number[]> = { y, dx };
  for (const [name, gradient] of model.gradients())
    numbers[`gradient of ${name}`] = Array.from(rowMajor(gradient), Number);
  for (const [name, tensor] of model.stateDict()) numbers[name] = Array.from(rowMajor(tensor), Number);
  return numbers;
}

describe.each([
  [37, 3, 5],
  [48, 4, 6],
] as const)('BatchNorm2d cut by channels, input %d×%d×%d', (...inputShape) => {
  const [channels, height, width] = inputShape;

  // Without a momentum it is cut by shards, and the first batch is all that its statistics are of.
  it.each(Object.entries(networks).filter(([name]) => height % 2 === 0 || !name.includes('MaxPool2d')))(
    '%s: the bits of a single shard',
    (_, around) => {
      expect(cutByChannels(SAMPLES, 1, height * width, channels)).toBe(true);
      const [found, expected] = [1, null].map((momentum) =>
        step(new Normalized(channels, momentum, around), inputShape),
      );
      expect(Object.keys(found)).toEqual(Object.keys(expected));
      for (const [what, numbers] of Object.entries(expected))
        expect([what, unequal(found[what], numbers)]).toEqual([what, []]);
      expect(found['norm.num_batches_tracked']).toEqual([1]);
    },
  );
});

describe('a layer is cut by channels', () => {
  it('where shards have fewer than 128 rows and there are more than 16 channels', () => {
    expect(cutByChannels(64, 20, 6 * 6, 32)).toBe(true);
    expect(cutByChannels(64, 20, 7 * 7, 32)).toBe(false);
    expect(cutByChannels(64, 18, 6 * 6, 32)).toBe(false);
    expect(cutByChannels(64, 20, 1, 16)).toBe(false);
  });
});
