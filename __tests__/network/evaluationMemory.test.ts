import { describe, expect, it } from '@jest/globals';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { formulaValues } from '../support/formula.js';
import { forward } from '../support/passes.js';

const inputShape = [8, 32, 32];
const numbers = 8 * 32 * 32;
const IMAGE = 4 * numbers;
const PAGE = 65536;

/** The bytes of a chain of 3×3 convolutions that has classified a batch. */
function bytesOf(layers: number, batchSize: number, convolution: 'winograd' | 'im2col'): number {
  const network = new Sequential(Array.from({ length: layers }, () => new Conv2d(8, 8, 3, { padding: 1 })));
  const model = new Model(network, { inputShape, batchSize, convolution }).eval();
  forward(model, formulaValues(1, 0, batchSize * numbers));
  return model.arena.memory.buffer.byteLength;
}

// Memory comes in pages, so that a difference of two sizes is known within one.
describe.each(['winograd', 'im2col'] as const)('memory of a chain of convolutions in evaluation, %s', (convolution) => {
  const [bytes25, bytes50] = [25, 50].map((layers) => bytesOf(layers, 64, convolution));
  const [growth25, growth50] = [bytes25 - bytesOf(25, 32, convolution), bytes50 - bytesOf(50, 32, convolution)];

  it('grows by at most 3 images a sample, a convolution’s input, its output and one more, for 25 and for 50 layers', () => {
    for (const growth of [growth25, growth50]) {
      expect(growth).toBeGreaterThanOrEqual(2 * 32 * IMAGE - PAGE);
      expect(growth).toBeLessThanOrEqual(3 * 32 * IMAGE + PAGE);
    }
  });

  it('grows with the batch by as much for 25 layers as for 50, within two pages', () => {
    expect(Math.abs(growth50 - growth25)).toBeLessThanOrEqual(2 * PAGE);
  });

  // A layer has 9 · 64 weights, 36 · 64 in Winograd's form, 8 biases, and the gradients and momenta of none: 12 KB.
  it('grows by less than one image of a sample a layer, for a batch of 64', () => {
    expect(bytes50 - bytes25).toBeLessThan(25 * IMAGE);
  });
});
