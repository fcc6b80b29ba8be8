import type { ImageKernels, PoolWindow } from '../contract/images.js';
import { channelKernels } from './channels.js';

export const imageKernels: ImageKernels = {
  padImage(source, height, width, channels, target, targetHeight, targetWidth, top, left, spacingY, spacingX) {
    target.fill(0, 0, targetHeight * targetWidth * channels);
    for (let y = 0; y < height; y++) {
      const targetY = top + y * spacingY;
      if (targetY < 0 || targetY >= targetHeight) continue;
      for (let x = 0; x < width; x++) {
        const targetX = left + x * spacingX;
        if (targetX < 0 || targetX >= targetWidth) continue;
        for (let c = 0; c < channels; c++)
          target[(targetY * targetWidth + targetX) * channels + c] = source[(y * width + x) * channels + c];
      }
    }
  },

  transpose(source, rows, columns, target) {
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) target[c * rows + r] = source[r * columns + c];
  },

  maxPool(x, window, y, argmax) {
    const { width, channels, kernelHeight, kernelWidth } = window;
    forEachOutput(window, (output, first) => {
      let largest = Number.NEGATIVE_INFINITY;
      let place = 0;
      for (let ky = 0; ky < kernelHeight; ky++) {
        for (let kx = 0; kx < kernelWidth; kx++) {
          const value = x[first + (ky * width + kx) * channels];
          if (value > largest || Number.isNaN(value)) {
            largest = value;
            place = ky * kernelWidth + kx;
          }
        }
      }
      y[output] = largest;
      argmax[output] = place;
    });
  },

  maxPoolBackward(dy, argmax, window, dx) {
    const { height, width, channels, kernelWidth } = window;
    dx.fill(0, 0, height * width * channels);
    forEachOutput(window, (output, first) => {
      const ky = Math.floor(argmax[output] / kernelWidth);
      const kx = argmax[output] - ky * kernelWidth;
      dx[first + (ky * width + kx) * channels] += dy[output];
    });
  },

  scaleShiftMaxPool(x, height, width, channels, affine, y, argmax) {
    const normalized = new Float32Array(height * width * channels);
    channelKernels.scaleShift(x, height * width, channels, affine, -Infinity, normalized);
    imageKernels.maxPool(normalized, windows(height, width, channels), y, argmax);
  },

  maxPoolGradientMoments(dy, argmax, x, center, height, width, channels, sums) {
    const gradient = unpooled(dy, argmax, height, width, channels);
    channelKernels.gradientMoments(gradient, x, center, height * width, channels, sums);
  },

  maxPoolBatchNormBackward(dy, argmax, x, height, width, channels, coefficients, mask, dx) {
    const gradient = unpooled(dy, argmax, height, width, channels);
    channelKernels.batchNormBackward(gradient, x, height * width, channels, coefficients, mask, dx);
  },
};

/** Calls `visit` with each output's place and that of its window's first pixel, in the output's order. */
function forEachOutput(window: PoolWindow, visit: (output: number, first: number) => void): void {
  const { width, channels, strideHeight, strideWidth, outputHeight, outputWidth } = window;
  let output = 0;
  for (let oy = 0; oy < outputHeight; oy++)
    for (let ox = 0; ox < outputWidth; ox++)
      for (let c = 0; c < channels; c++) visit(output++, (oy * strideHeight * width + ox * strideWidth) * channels + c);
}

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

/** The gradient of what was pooled. */
function unpooled(dy: Float32Array, argmax: Int32Array, height: number, width: number, channels: number): Float32Array {
  const gradient = new Float32Array(height * width * channels);
  imageKernels.maxPoolBackward(dy, argmax, windows(height, width, channels), gradient);
  return gradient;
}
