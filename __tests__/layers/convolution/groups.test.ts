import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../../src/layers/conv2d.js';
import { ConvTranspose2d } from '../../../src/layers/convTranspose2d.js';
import type { Layer } from '../../../src/layers/layer.js';
import { ReLU } from '../../../src/layers/relu.js';
import { gradcheck } from '../../../src/network/gradcheck.js';
import { Model } from '../../../src/network/model.js';
import type { ModelOptions } from '../../../src/network/modelOptions.js';
import { Sequential } from '../../../src/network/sequential.js';
import { sizeOf } from '../../../src/tensor/shape.js';
import { rowMajor } from '../../../src/tensor/view.js';
import { values } from '../../support/kernelRoom.js';
import { backward, forward } from '../../support/passes.js';
import { thrown } from '../../support/thrown.js';
import { unequal } from '../../support/unequal.js';

const [SAMPLES, C] = [5, 12];
const depthwise = () => new Conv2d(C, C, 3, { stride: 2, padding: 1, groups: C });
const grouped = () => new Conv2d(C, C, 3, { padding: 1, groups: 3, bias: false });
const dilated = () => new Conv2d(C, C, 3, { padding: 2, dilation: 2 });
const transposed = () => new ConvTranspose2d(C, C, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 4 });
const norm = () => new BatchNorm2d(C);

const networks: Readonly<Record<string, () => Layer[]>> = {
  'depthwise, ReLU, BatchNorm2d': () => [norm(), depthwise(), new ReLU(), norm()],
  'depthwise, BatchNorm2d, ReLU': () => [norm(), depthwise(), norm(), new ReLU()],
  'groups, BatchNorm2d, ReLU': () => [norm(), grouped(), norm(), new ReLU()],
  'dilation, ReLU': () => [norm(), dilated(), new ReLU()],
  'transposed, BatchNorm2d, ReLU': () => [norm(), transposed(), norm(), new ReLU()],
};

/** The numbers of two training passes, the second of fewer samples, and of one in evaluation. */
function numbers(layers: readonly Layer[], options: Partial<ModelOptions>): Float32Array[] {
  const model = new Model(new Sequential(layers), {
    inputShape: [C, 7, 6],
    batchSize: SAMPLES,
    shards: 3,
    inputGradient: true,
    ...options,
  });
  const found = [SAMPLES, 2].flatMap((samples) => {
    const y = forward(model.train(), values(samples * sizeOf(model.inputShape), samples));
    const dx = backward(model, values(y.length, 1));
    return [y, dx, ...[...model.gradients().values()].map((gradient) => rowMajor(gradient) as Float32Array)];
  });
  return [...found, forward(model.eval(), values(SAMPLES * sizeOf(model.inputShape), 3))];
}

function expectSame(found: readonly Float32Array[], expected: readonly Float32Array[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, array] of expected.entries()) expect([i, unequal(found[i], array)]).toEqual([i, []]);
}

describe.each(Object.entries(networks))('%s: the same bits', (_name, layers) => {
  const expected = numbers(layers(), {});

  it('with fusion and without it', () => {
    expectSame(numbers(layers(), { fusion: false }), expected);
  });

  it.each(['wide', 'reference'] as const)('of simd and %s kernels', (kernels) => {
    expectSame(numbers(layers(), { kernels }), expected);
  });
});

it.each<[string, Conv2d | ConvTranspose2d]>([
  ['depthwise with stride 2', new Conv2d(6, 6, 3, { stride: 2, padding: 1, groups: 6 })],
  ['depthwise with dilation', new Conv2d(3, 3, [3, 2], { padding: 2, dilation: [2, 3], groups: 3 })],
  ['groups with dilation', new Conv2d(6, 4, 3, { padding: 1, dilation: 2, groups: 2 })],
  ['transposed', new ConvTranspose2d(6, 4, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2 })],
])('gradcheck of %s: within 1e-3 and rounding', (_name, layer) => {
  expect(gradcheck(layer, [layer.inChannels, 5, 6], { shards: 2, seed: 1 })).toBe(true);
});

it.each([
  ['depthwise', depthwise],
  ['groups', grouped],
  ['transposed', transposed],
])('%s, frozen: no gradients of its own, and the same input gradient', (_name, layer) => {
  const [[y, dx], [frozenY, frozenDx, ...gradients]] = [[], ['1']].map((frozen) =>
    numbers([norm(), layer(), norm()], { frozen }),
  );
  expectSame([frozenY, frozenDx], [y, dx]);
  // Of the two BatchNorm2d alone: a pass's output and input gradient, four gradients, and then the next pass's.
  expect(gradients.map(({ length }) => length).slice(0, 4)).toEqual([C, C, C, C]);
});

describe('a convolution with a group for each channel', () => {
  it('is depthwise unless im2col is asked for, and the two differ by roundings alone: 1e-6 of the largest', () => {
    const [auto, winograd, im2col] = (['auto', 'winograd', 'im2col'] as const).map((convolution) =>
      numbers([depthwise()], { convolution }),
    );
    expectSame(winograd, auto);
    expect(im2col.some((array, i) => unequal(array, auto[i]).length > 0)).toBe(true);
    for (const [i, array] of im2col.entries()) {
      const largest = Math.max(...array.map(Math.abs));
      expect(array.every((value, k) => Math.abs(value - auto[i][k]) <= 1e-6 * largest)).toBe(true);
    }
  });

  it('of a single channel is a plain convolution', () => {
    const inputShape = [1, 7, 6];
    const plain = numbers([new Conv2d(1, 1, 3)], { inputShape, convolution: 'im2col' });
    expectSame(numbers([new Conv2d(1, 1, 3, { groups: 1 })], { inputShape }), plain);
  });
});

describe('settings', () => {
  it('that are PyTorch’s defaults do not show in arguments()', () => {
    const plain = { stride: [1, 1], padding: [0, 0], bias: true };
    expect(new Conv2d(4, 8, 3).arguments()).toEqual([4, 8, [3, 3], plain]);
    expect(new Conv2d(4, 8, 3, { dilation: 1, groups: 1 }).arguments()).toEqual([4, 8, [3, 3], plain]);
    expect(new Conv2d(4, 8, 3, { dilation: [1, 2], groups: 4, initial: {} }).arguments()).toEqual([
      4,
      8,
      [3, 3],
      { ...plain, dilation: [1, 2], groups: 4, initial: {} },
    ]);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['groups that do not divide the input', () => new Conv2d(8, 9, 3, { groups: 3 }), /8 and 9; 3 does not$/],
    ['groups that do not divide the output', () => new ConvTranspose2d(9, 8, 3, { groups: 3 }), /9 and 8; 3 does not$/],
    ['no groups', () => new Conv2d(8, 8, 3, { groups: 0 }), /^ARGUMENT: Conv2d groups must be a whole number/],
    [
      'a stride that no kernel can count',
      () => new Conv2d(8, 8, 1, { stride: 2 ** 32, groups: 8 }),
      /^ARGUMENT: Conv2d stride must be a whole number from 1 to 16777216, not 4294967296$/,
    ],
    ['dilation 0', () => new Conv2d(8, 8, 3, { dilation: [1, 0] }), /^ARGUMENT: Conv2d dilation must be /],
    [
      'an output padding of the stride',
      () => new ConvTranspose2d(8, 8, 3, { stride: [3, 2], outputPadding: 2 }),
      /^ARGUMENT: ConvTranspose2d outputPadding must be smaller than the stride 2 or the dilation 1, not 2$/,
    ],
    [
      'two initial values',
      () => new Conv2d(8, 8, 3, { initial: { weight: { uniform: 1, normal: 1 } as never } }),
      /^ARGUMENT: Conv2d initial weight must be \{ uniform: bound \}.*, not an object of 'uniform, normal'$/,
    ],
    [
      'a negative deviation',
      () => new ConvTranspose2d(8, 8, 3, { initial: { bias: { normal: -1 } } }),
      /^ARGUMENT: ConvTranspose2d initial bias normal must be a number of 0 or more, not -1$/,
    ],
  ])('%s: refused', (_what, create, message) => {
    expect(thrown(create)).toMatch(message);
  });

  it.each<[string, Layer, readonly number[], RegExp]>([
    ['a dilated window higher than the image', new Conv2d(2, 2, 3, { dilation: 4 }), [2, 8, 9], /the window's 9 less/],
    ['a padding that leaves nothing', new ConvTranspose2d(2, 2, 3, { padding: 2 }), [2, 2, 3], /leaves nothing/],
    ['other channels', new ConvTranspose2d(2, 2, 3), [3, 2, 3], /wants \[2, height, width\]/],
  ])('%s: SHAPE', (_what, layer, inputShape, message) => {
    const build = () => new Model(new Sequential([layer]), { inputShape, batchSize: 1 });
    expect(thrown(build)).toMatch(/^SHAPE: /);
    expect(thrown(build)).toMatch(message);
  });
});

it('a transposed convolution gives pixels that no tap reaches its bias alone, all or some of them', () => {
  const outputs = [1, 0].map((padding) => {
    const layer = new ConvTranspose2d(1, 2, 1, {
      stride: 2,
      padding,
      initial: { weight: { constant: 3 }, bias: { constant: 5 } },
    });
    const model = new Model(new Sequential([layer]), { inputShape: [1, 2, 2], batchSize: 1 });
    return [...forward(model, Float32Array.of(1, 2, 4, 8))];
  });
  const channel = [8, 5, 11, 5, 5, 5, 17, 5, 29];
  expect(outputs).toEqual([[5, 5], channel.concat(channel)]);
});
