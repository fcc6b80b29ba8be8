import { describe, expect, it } from '@jest/globals';
import { createLayer } from '../../src/layers/registry.js';
import { Upsample } from '../../src/layers/upsample.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { formulaValues } from '../support/formula.js';
import { backward, forward } from '../support/passes.js';
import { type PoolingCase, poolingCases, poolingInput } from '../support/pooling.js';
import { unequal } from '../support/unequal.js';

function modelOf({ layer, shape: [batchSize, ...inputShape] }: PoolingCase, kernels: 'reference' | 'simd') {
  return new Model(new Sequential([layer]), { inputShape, batchSize, kernels, shards: 2, inputGradient: true });
}

/** How many units of float32's last place, 2⁻²³ of a number, the two are off at most. */
const unitsOff = (found: Float32Array, expected: Float32Array) =>
  Math.max(
    ...expected.map((value, i) => (found[i] === value ? 0 : Math.abs(found[i] - value) / (2 ** -23 * Math.abs(value)))),
  );

describe.each(poolingCases.map((each) => [each.printed, each.shape.join('×'), each] as const))(
  '%s of %s',
  (_, __, of) => {
    // Both round float64 once: what other orders of its sums make of that is at most the number next to it.
    const isMean = of.layer instanceof Upsample && of.layer.mode === 'bilinear';
    const most = isMean ? 1 : 0;

    it('prints as PyTorch prints it, and is made anew from its arguments', () => {
      expect(of.layer.describe()).toBe(of.printed);
      expect(createLayer(of.layer.type, of.layer.arguments())).toEqual(of.layer);
    });

    it.each(['reference', 'simd'] as const)(
      `%s kernels: output and input gradient are PyTorch’s, ${isMean ? 'or the numbers next to them' : 'to the bit'}`,
      (kernels) => {
        const model = modelOf(of, kernels);
        const y = forward(model, poolingInput(of));
        const dx = backward(model, formulaValues(1, 2 * of.index + 1, y.length));
        expect([y.length, dx.length]).toEqual([of.y.length, of.dx.length]);
        expect(unitsOff(y, of.y)).toBeLessThanOrEqual(most);
        expect(unitsOff(dx, of.dx)).toBeLessThanOrEqual(most);
      },
    );

    it('a batch that is not full gives the same bits for its samples', () => {
      const [model, x] = [modelOf(of, 'simd'), poolingInput(of)];
      const [size, outputSize] = [sizeOf(of.shape) / of.shape[0], of.y.length / of.shape[0]];
      const all = forward(model, x);
      expect(unequal(forward(model, x.subarray(0, size)), all.subarray(0, outputSize))).toEqual([]);
    });
  },
);
