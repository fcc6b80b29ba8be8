import { describe, expect, it } from '@jest/globals';
import { createLayer } from '../../src/layers/registry.js';
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

describe.each(poolingCases.map((each) => [each.printed, each.shape.join('×'), each] as const))(
  '%s of %s',
  (_, __, of) => {
    it('prints as PyTorch prints it, and is made anew from its arguments', () => {
      expect(of.layer.describe()).toBe(of.printed);
      expect(createLayer(of.layer.type, of.layer.arguments())).toEqual(of.layer);
    });

    it.each(['reference', 'simd'] as const)('%s: output and input gradient are PyTorch’s', (kernels) => {
      const model = modelOf(of, kernels);
      const y = forward(model, poolingInput(of));
      const dx = backward(model, formulaValues(1, 2 * of.index + 1, y.length));
      expect([unequal(y, of.y), unequal(dx, of.dx)]).toEqual([[], []]);
    });

    it('a batch that is not full gives the same bits for its samples', () => {
      const [model, x] = [modelOf(of, 'simd'), poolingInput(of)];
      const [size, outputSize] = [sizeOf(of.shape) / of.shape[0], of.y.length / of.shape[0]];
      expect(unequal(forward(model, x.subarray(0, size)), forward(model, x).subarray(0, outputSize))).toEqual([]);
    });
  },
);
