import type { PoolWindow } from '../poolWindow.js';
import { batchNormBackward, scaleShift } from './batchNorm.js';
import { gradientMoments } from './columnSums.js';
import { maxPool, maxPoolBackward } from './pooling.js';

/** The 2×2 windows that cover an image. */
const windows = (height: number, width: number, channels: number): PoolWindow => ({
  height,
  width,
  channels,
  outputHeight: height / 2,
  outputWidth: width / 2,
  kernelHeight: 2,
  kernelWidth: 2,
  strideHeight: 2,
  strideWidth: 2,
});

export function scaleShiftMaxPool(
  x: Float32Array,
  height: number,
  width: number,
  channels: number,
  affine: Float32Array,
  y: Float32Array,
  argmax: Int32Array,
): void {
  const normalized = new Float32Array(height * width * channels);
  scaleShift(x, height * width, channels, affine, -Infinity, normalized);
  maxPool(normalized, windows(height, width, channels), y, argmax);
}

/** The gradient of what was pooled. */
function unpooled(dy: Float32Array, argmax: Int32Array, height: number, width: number, channels: number): Float32Array {
  const gradient = new Float32Array(height * width * channels);
  maxPoolBackward(dy, argmax, windows(height, width, channels), gradient);
  return gradient;
}

export function maxPoolGradientMoments(
  dy: Float32Array,
  argmax: Int32Array,
  x: Float32Array,
  center: Float32Array,
  height: number,
  width: number,
  channels: number,
  sums: Float64Array,
): void {
  gradientMoments(unpooled(dy, argmax, height, width, channels), x, center, height * width, channels, sums);
}

export function maxPoolBatchNormBackward(
  dy: Float32Array,
  argmax: Int32Array,
  x: Float32Array,
  height: number,
  width: number,
  channels: number,
  coefficients: Float32Array,
  mask: number,
  dx: Float32Array,
): void {
  const gradient = unpooled(dy, argmax, height, width, channels);
  batchNormBackward(gradient, x, height * width, channels, coefficients, mask, dx);
}
