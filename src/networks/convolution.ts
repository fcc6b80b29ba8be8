import { BatchNorm2d } from '../layers/batchNorm2d.js';
import { Conv2d } from '../layers/conv2d.js';
import type { Layer } from '../layers/layer.js';
import { Sequential } from '../network/sequential.js';

/** A convolution as torchvision's networks have it: padded so that stride 1 keeps an image's size, begun with normal numbers
 * of variance 2 / (outputs · kernel's area), and with a bias of 0. He et al., 2015 (arXiv:1502.01852). */
export function convolution(
  inputs: number,
  outputs: number,
  kernelSize: number,
  { stride = 1, groups = 1, bias = false } = {},
): Conv2d {
  const weight = { normal: Math.sqrt(2 / (outputs * kernelSize ** 2)) };
  return new Conv2d(inputs, outputs, kernelSize, {
    stride,
    padding: (kernelSize - 1) / 2,
    groups,
    bias,
    initial: bias ? { weight, bias: { constant: 0 } } : { weight },
  });
}

/** The convolution, BatchNorm and an activation, if one is given: torchvision.ops.Conv2dNormActivation. */
export function conv2dNormActivation(convolution: Conv2d, activation?: Layer): Sequential {
  const norm = new BatchNorm2d(convolution.outChannels);
  return new Sequential(activation ? [convolution, norm, activation] : [convolution, norm]);
}
