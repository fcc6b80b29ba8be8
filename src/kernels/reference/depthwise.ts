import type { DepthwiseKernels, TapWindows } from '../contract/depthwise.js';
import { affineOf } from './channels.js';

const { fround } = Math;

export const depthwiseKernels: DepthwiseKernels = {
  depthwise(x, windows, weights, bias, floor, affine, affineFloor, affineCeiling, y) {
    const { channels, outputHeight, outputWidth, outputLineStride, outputStepStride } = windows;
    for (let oy = 0; oy < outputHeight; oy++)
      for (let ox = 0; ox < outputWidth; ox++)
        for (let c = 0; c < channels; c++) {
          let sum = bias[c];
          forEachTap(windows, oy, ox, (pixel, tap) => {
            sum = fround(sum + fround(x[pixel + c] * weights[tap + c]));
          });
          const value = Math.max(sum, floor);
          const place = oy * outputLineStride + ox * outputStepStride + c;
          y[place] = affine
            ? Math.min(Math.max(affineOf(value, affine, channels, c), affineFloor), affineCeiling)
            : value;
        }
  },

  depthwiseWeightGradient(x, windows, dy, accumulate, gradient) {
    const { channels, kernelHeight, kernelWidth, outputHeight, outputWidth } = windows;
    const { outputLineStride, outputStepStride, weightStart, weightLineStride, weightStepStride } = windows;
    for (let a = 0; a < kernelHeight; a++)
      for (let b = 0; b < kernelWidth; b++)
        for (let c = 0; c < channels; c++) {
          const place = weightStart + a * weightLineStride + b * weightStepStride + c;
          let total = accumulate ? gradient[place] : 0;
          for (let oy = 0; oy < outputHeight; oy++) {
            const iy = windows.top + oy * windows.strideHeight + a * windows.dilationHeight;
            if (iy < 0 || iy >= windows.height) continue;
            let sum = 0;
            for (let ox = 0; ox < outputWidth; ox++) {
              const pixel = pixelOf(windows, oy, ox, a, b);
              if (pixel >= 0)
                sum = fround(sum + fround(dy[oy * outputLineStride + ox * outputStepStride + c] * x[pixel + c]));
            }
            total = fround(total + sum);
          }
          gradient[place] = total;
        }
  },
};

/** Where the pixel of an output's tap begins; −1 outside the image. */
function pixelOf(windows: TapWindows, oy: number, ox: number, a: number, b: number): number {
  const y = windows.top + oy * windows.strideHeight + a * windows.dilationHeight;
  const x = windows.left + ox * windows.strideWidth + b * windows.dilationWidth;
  const inside = y >= 0 && y < windows.height && x >= 0 && x < windows.width;
  return inside ? (y * windows.width + x) * windows.channels : -1;
}

/** Calls `visit` with the places of the pixel and of the weights of each tap inside the image, in row-major order. */
function forEachTap(windows: TapWindows, oy: number, ox: number, visit: (pixel: number, tap: number) => void): void {
  const { kernelHeight, kernelWidth, weightStart, weightLineStride, weightStepStride } = windows;
  for (let a = 0; a < kernelHeight; a++)
    for (let b = 0; b < kernelWidth; b++) {
      const pixel = pixelOf(windows, oy, ox, a, b);
      if (pixel >= 0) visit(pixel, weightStart + a * weightLineStride + b * weightStepStride);
    }
}
