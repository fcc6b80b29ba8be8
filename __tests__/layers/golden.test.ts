import { describe, expect, it } from '@jest/globals';
import { AdaptiveAvgPool2d } from '../../src/layers/adaptiveAvgPool2d.js';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import type { Layer } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { MaxPool2d } from '../../src/layers/maxPool2d.js';
import { Sigmoid } from '../../src/layers/sigmoid.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { rowMajor, type TensorSource } from '../../src/tensor/view.js';
import { golden, goldenCases, relativeError, sizesOf } from '../support/golden.js';
import { backward, forward } from '../support/passes.js';

// Sums of up to a few thousand float32 products in another order than PyTorch's: each differs by about √n units of
// 6e-8 of its terms' size, which for these sizes stays below 1e-5 of the largest output. Winograd's largest errors are
// 1e-5 of the root mean square (winograd.test.ts), a smaller share of the largest number.
const TOLERANCE = 1e-5;

const layerOf: Record<string, (size: Record<string, number>) => Layer> = {
  conv2d: ({ c, o, k, s, p }) => new Conv2d(c, o, k, { stride: s, padding: p }),
  batchnorm2d: ({ c }) => new BatchNorm2d(c),
  maxpool2d: ({ k, s }) => new MaxPool2d(k, { stride: s }),
  linear: ({ i, o }) => new Linear(i, o),
  adaptiveavgpool2d: ({ p, q }) => new AdaptiveAvgPool2d([p, q]),
  sigmoid: () => new Sigmoid(),
};

describe.each([
  ['reference', 'winograd'],
  ['simd', 'winograd'],
  ['simd', 'im2col'],
] as const)('%s kernels, %s', (kernels, convolution) => {
  for (const [kind, create] of Object.entries(layerOf)) {
    it.each(goldenCases(kind))(
      '%s: output, all gradients and buffers within 1e-5 of the largest of PyTorch’s',
      (name) => {
        const value = golden(name);
        const x = value('x');
        const model = new Model(new Sequential({ layer: create(sizesOf(name)) }), {
          inputShape: x.shape.slice(1),
          batchSize: x.shape[0],
          shards: 2,
          kernels,
          convolution,
          inputGradient: true,
        });
        for (const { name: key, shape } of model.parameters) {
          const source = value(key.replace('layer.', ''));
          expect(source.shape).toEqual(shape);
          model.loadStateDict(new Map<string, TensorSource>([...model.stateDict(), [key, source]]));
        }
        const errors: Record<string, number> = {};
        errors.y = relativeError(forward(model, x), value('y').data);
        errors.dx = relativeError(backward(model, value('dy')), value('dx').data);
        for (const [key, gradient] of model.gradients())
          errors[`d${key}`] = relativeError(
            rowMajor(gradient) as Float32Array,
            value(`d${key.replace('layer.', '')}`).data,
          );
        for (const { name: key, data } of model.buffers)
          if (data instanceof Float32Array) errors[key] = relativeError(data, value(key.replace('layer.', '')).data);
        for (const [key, error] of Object.entries(errors))
          expect([key, error <= TOLERANCE, error]).toEqual([key, true, error]);
      },
    );
  }
});
