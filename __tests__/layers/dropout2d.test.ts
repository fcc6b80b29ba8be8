import { describe, expect, it } from '@jest/globals';
import { Conv2d, Dropout, Dropout2d, exportOnnx, Model, type ModelOptions, ReLU, Sequential } from '../../src/index.js';
import { hash, hashKey } from '../../src/tensor/random.js';
import { values } from '../support/kernelRoom.js';
import { readOnnx } from '../support/onnx.js';
import { backward, forward } from '../support/passes.js';
import { unequal } from '../support/unequal.js';

const [SAMPLES, CHANNELS, PIXELS] = [4, 17, 6];
const inputShape = [CHANNELS, 2, 3];

const modelOf = (layer: Dropout2d, more: Partial<ModelOptions> = {}) =>
  new Model(new Sequential([layer]), { inputShape, batchSize: SAMPLES, seed: 5, inputGradient: true, ...more });

/** Of each sample and channel, the numbers that its pixels have. */
const byChannel = (y: Float32Array) =>
  Array.from({ length: y.length / PIXELS }, (_, i) => [...new Set(y.subarray(i * PIXELS, (i + 1) * PIXELS))]);

const ones = new Float32Array(SAMPLES * CHANNELS * PIXELS).fill(1);

describe('Dropout2d', () => {
  it('drops the channels whose number, by seed, layer, step and sample, is below p, and scales the others by 1/(1 − p)', () => {
    const model = modelOf(new Dropout2d(0.3));
    for (const step of [0, 1]) {
      const expected = Array.from({ length: SAMPLES * CHANNELS }, (_, i) => {
        const key = hashKey(5, 'dropout', 0, step, Math.floor(i / CHANNELS));
        return [hash(key, i % CHANNELS) < 0.3 * 2 ** 32 ? 0 : Math.fround(1 / 0.7)];
      });
      expect(byChannel(forward(model, ones))).toEqual(expected);
      expect(byChannel(backward(model, ones))).toEqual(expected);
    }
  });

  it('drops p of 6,000 channels, within four deviations of √(p·(1 − p)/6000)', () => {
    const model = new Model(new Sequential([new Dropout2d()]), { inputShape: [300, 1, 1], batchSize: 20 });
    const dropped = forward(model, new Float32Array(6000).fill(1)).filter((value) => value === 0).length / 6000;
    expect(Math.abs(dropped - 0.5)).toBeLessThan(4 * Math.sqrt(0.25 / 6000));
  });

  it.each([{ shards: 1 }, { shards: 3 }, { kernels: 'reference' }, { kernels: 'simd' }] as const)(
    'gives the same bits with %j',
    (options) => {
      const [found, expected] = [modelOf(new Dropout2d(0.4), options), modelOf(new Dropout2d(0.4))].map((model) => ({
        y: forward(model, values(ones.length, 1)),
        dx: backward(model, values(ones.length, 2)),
      }));
      expect([unequal(found.y, expected.y), unequal(found.dx, expected.dx)]).toEqual([[], []]);
    },
  );

  it('keeps everything with p = 0 and in evaluation, and nothing with p = 1', () => {
    expect(forward(modelOf(new Dropout2d(0)), ones)).toEqual(ones);
    expect(forward(modelOf(new Dropout2d(0.5)).eval(), ones)).toEqual(ones);
    expect(forward(modelOf(new Dropout2d(1)), ones)).toEqual(ones.map(() => 0));
  });

  it('behind ReLU and a convolution that does it, gives the gradients of layers apart to the bit', () => {
    const [fused, apart] = [true, false].map((fusion) => {
      const network = new Sequential([new Conv2d(CHANNELS, 8, 1), new ReLU(), new Dropout2d(0.5), new Conv2d(8, 3, 1)]);
      const model = new Model(network, { inputShape, batchSize: SAMPLES, inputGradient: true, fusion });
      const y = forward(model, values(ones.length, 1));
      return { y, dx: backward(model, values(y.length, 2)) };
    });
    expect([unequal(fused.y, apart.y), unequal(fused.dx, apart.dx)]).toEqual([[], []]);
  });

  it('prints as PyTorch prints it, and leaves no node in ONNX', () => {
    const layers = [new Dropout(0.25), new Dropout2d(0.25)];
    expect(layers.map((layer) => layer.describe())).toEqual([
      'Dropout(p=0.25, inplace=False)',
      'Dropout2d(p=0.25, inplace=False)',
    ]);
    const network = new Sequential([new Conv2d(2, 3, 1), new Dropout2d()]);
    const { nodes } = readOnnx(exportOnnx(new Model(network, { inputShape: [2, 2, 2], batchSize: 1 })));
    expect(nodes.map(({ opType }) => opType)).toEqual(['Conv']);
  });
});
