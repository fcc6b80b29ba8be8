import type { DepthwiseKernels, TapWindows } from '../contract/depthwise.js';
import { affineOf } from './channels.js';

const { fround } = Math;

export const depthwiseKernels: DepthwiseKernels = {
  depthwise(x, windows, samples, weights, bias, floor, affine, affineFloor, y) {
    const { channels, pixelStride } = windows;
    forEachOutput(windows, samples, (n, oy, ox, place) => {
      for (let c = 0; c < channels; c++) {
        let sum = bias[c];
        for (let b = 0; b < windows.kernelWidth; b++) {
          let column: number | undefined;
          for (let a = 0; a < windows.kernelHeight; a++) {
            const pixel = pixelOf(windows, n, oy, ox, a, b);
            if (pixel === undefined) continue;
            const product = fround(x[pixel + c] * weights[weightOf(windows, a, b) + c]);
            column = column === undefined ? product : fround(column + product);
          }
          if (column !== undefined) sum = fround(sum + column);
        }
        const value = Math.max(sum, floor);
        y[place + c] = affine ? Math.max(affineOf(value, affine, pixelStride, c), affineFloor) : value;
      }
    });
  },

  addDepthwiseWeightGradient(x, windows, samples, dy, gradient) {
    const { channels, kernelHeight, kernelWidth } = windows;
    for (let a = 0; a < kernelHeight; a++)
      for (let b = 0; b < kernelWidth; b++) {
        const tap = weightOf(windows, a, b);
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          forEachOutput(windows, samples, (n, oy, ox, place) => {
            const pixel = pixelOf(windows, n, oy, ox, a, b);
            if (ox === 0) sum = 0;
            if (pixel !== undefined) sum = fround(sum + fround(dy[place + c] * x[pixel + c]));
            if (ox === windows.outputWidth - 1 && isInside(windows, oy, a))
              gradient[tap + c] = fround(gradient[tap + c] + sum);
          });
        }
      }
  },
};

/** Calls `visit` for each output, from left to right, from above to below and image after image, with its place. */
function forEachOutput(
  { outputHeight, outputWidth, outputSampleStride, outputLineStride, outputStepStride }: TapWindows,
  samples: number,
  visit: (n: number, oy: number, ox: number, place: number) => void,
): void {
  for (let n = 0; n < samples; n++)
    for (let oy = 0; oy < outputHeight; oy++)
      for (let ox = 0; ox < outputWidth; ox++)
        visit(n, oy, ox, n * outputSampleStride + oy * outputLineStride + ox * outputStepStride);
}

const weightOf = ({ weightStart, weightLineStride, weightStepStride }: TapWindows, a: number, b: number) =>
  weightStart + a * weightLineStride + b * weightStepStride;

const lineOf = ({ top, strideHeight, dilationHeight }: TapWindows, oy: number, a: number) =>
  top + oy * strideHeight + a * dilationHeight;

/** Whether the image has the line of an output's row of taps. */
const isInside = (windows: TapWindows, oy: number, a: number) =>
  lineOf(windows, oy, a) >= 0 && lineOf(windows, oy, a) < windows.height;

/** Where the pixel of an output's tap begins, if the image has it. */
function pixelOf(windows: TapWindows, n: number, oy: number, ox: number, a: number, b: number): number | undefined {
  const x = windows.left + ox * windows.strideWidth + b * windows.dilationWidth;
  if (!isInside(windows, oy, a) || x < 0 || x >= windows.width) return undefined;
  return n * windows.sampleStride + (lineOf(windows, oy, a) * windows.width + x) * windows.pixelStride;
}
