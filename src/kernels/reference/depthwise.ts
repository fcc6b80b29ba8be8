import type { DepthwiseKernels, TapWindows } from '../contract/depthwise.js';
import { affineOf } from './channels.js';

const { fround } = Math;

export const depthwiseKernels: DepthwiseKernels = {
  depthwise(x, windows, samples, channels, weights, bias, floor, affine, affineFloor, affineCeiling, y) {
    const { outputHeight, outputWidth, pixelStride } = windows;
    for (let n = 0; n < samples; n++)
      for (let oy = 0; oy < outputHeight; oy++)
        for (let ox = 0; ox < outputWidth; ox++) {
          const columns = columnsOf(windows, n, oy, ox);
          const place = outputOf(windows, n, oy, ox);
          for (let c = 0; c < channels; c++) {
            const productOf = ({ pixel, weight }: Tap) => fround(x[pixel + c] * weights[weight + c]);
            let sum = bias[c];
            for (const taps of columns) {
              let column = productOf(taps[0]);
              for (let a = 1; a < taps.length; a++) column = fround(column + productOf(taps[a]));
              sum = fround(sum + column);
            }
            const value = Math.max(sum, floor);
            const bounded = (mapped: number) => Math.min(Math.max(mapped, affineFloor), affineCeiling);
            y[place + c] = affine ? bounded(affineOf(value, affine, pixelStride, c)) : value;
          }
        }
  },

  addDepthwiseWeightGradient(x, windows, samples, channels, dy, gradient) {
    const { kernelHeight, kernelWidth, outputHeight, outputWidth } = windows;
    for (let a = 0; a < kernelHeight; a++)
      for (let b = 0; b < kernelWidth; b++)
        for (let c = 0; c < channels; c++)
          for (let oy = 0; oy < outputHeight; oy++) {
            if (!isInside(windows, oy, a)) continue;
            let sum = 0;
            for (let n = 0; n < samples; n++)
              for (let ox = 0; ox < outputWidth; ox++) {
                const pixel = pixelOf(windows, n, oy, ox, a, b);
                if (pixel === undefined) continue;
                sum = fround(sum + fround(dy[outputOf(windows, n, oy, ox) + c] * x[pixel + c]));
              }
            gradient[weightOf(windows, a, b) + c] = fround(gradient[weightOf(windows, a, b) + c] + sum);
          }
  },
};

/** Where a tap's pixel and its weights begin. */
interface Tap {
  readonly pixel: number;
  readonly weight: number;
}

/** An output's taps with a pixel of the image, column by column, where there are any. */
function columnsOf(windows: TapWindows, n: number, oy: number, ox: number): Tap[][] {
  const columns = Array.from({ length: windows.kernelWidth }, (_, b) => {
    const taps: Tap[] = [];
    for (let a = 0; a < windows.kernelHeight; a++) {
      const pixel = pixelOf(windows, n, oy, ox, a, b);
      if (pixel !== undefined) taps.push({ pixel, weight: weightOf(windows, a, b) });
    }
    return taps;
  });
  return columns.filter((taps) => taps.length > 0);
}

const outputOf = (
  { outputSampleStride, outputLineStride, outputStepStride }: TapWindows,
  n: number,
  oy: number,
  ox: number,
) => n * outputSampleStride + oy * outputLineStride + ox * outputStepStride;

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
