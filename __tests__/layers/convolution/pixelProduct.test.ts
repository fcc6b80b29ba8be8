import { expect, it } from '@jest/globals';
import { Conv2d } from '../../../src/layers/conv2d.js';
import { algorithmFor } from '../../../src/layers/convolution/algorithms.js';
import { Model } from '../../../src/network/model.js';
import { Sequential } from '../../../src/network/sequential.js';
import { rowMajor } from '../../../src/tensor/view.js';
import { type ConvolutionSize, directConvolution, errorsOf } from '../../support/directConvolution.js';
import { values } from '../../support/kernelRoom.js';
import { backward, forward } from '../../support/passes.js';

const batch = { convolution: 'auto', shards: 20, training: true } as const;

function errors(size: ConvolutionSize) {
  const { samples, inChannels, outChannels, height, width, padding, stride = 1 } = size;
  const layer = new Conv2d(inChannels, outChannels, 3, { padding, stride, bias: false });
  const inputShape = [inChannels, height, width];
  const { name } = algorithmFor({ ...batch, batchSize: samples }, layer, inputShape, layer.outputShape(inputShape));
  const model = new Model(new Sequential([layer]), { inputShape, batchSize: samples, inputGradient: true });
  const x = values(samples * inChannels * height * width, 1);
  const y = forward(model, x);
  const dy = values(y.length, 2);
  model.parameters[0].gradient.fill(9);
  const dx = backward(model, dy);
  const [weight, dWeight] = [model.stateDict(), model.gradients()].map(
    (tensors) => rowMajor([...tensors.values()][0]) as Float32Array,
  );
  const exact = directConvolution(size, x, weight, dy);
  return { name, errors: [errorsOf(y, exact.y), errorsOf(dx, exact.dx), errorsOf(dWeight, exact.dWeight)] };
}

const square = (size: number) => ({ height: size, width: size, padding: 1 });

// Measured at most: rms 1.7e-7, largest 1.4e-6.
it.each<ConvolutionSize>([
  { samples: 33, inChannels: 128, outChannels: 136, ...square(2) },
  { samples: 2, inChannels: 136, outChannels: 264, ...square(2) },
  { samples: 5, inChannels: 131, outChannels: 129, height: 1, width: 4, padding: 1 },
  { samples: 5, inChannels: 128, outChannels: 128, height: 2, width: 1, padding: 1 },
  { samples: 5, inChannels: 128, outChannels: 128, ...square(3), stride: 2 },
  // The pixels in the middle have no tap.
  { samples: 5, inChannels: 128, outChannels: 128, ...square(5), stride: 4 },
])('%j, a product for each pixel: output and gradients within 3e-7 rms and 2e-6 at most of their rms', (size) => {
  const found = errors(size);
  expect(found.name).toBe('pixels by channels');
  for (const { rms, largest } of found.errors) {
    expect(rms).toBeLessThan(3e-7);
    expect(largest).toBeLessThan(2e-6);
  }
});

it('with im2col asked for, and with fewer than 128 channels on a side, there is none', () => {
  const name = (channels: number, convolution: 'auto' | 'im2col') => {
    const layer = new Conv2d(128, channels, 3, { padding: 1 });
    return algorithmFor({ ...batch, convolution, batchSize: 32 }, layer, [128, 2, 2], [channels, 2, 2]).name;
  };
  expect([name(128, 'auto'), name(120, 'auto'), name(128, 'im2col')]).toEqual([
    'pixels by channels',
    'Winograd by shards',
    'im2col by channels',
  ]);
});
