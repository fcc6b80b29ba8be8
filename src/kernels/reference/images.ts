import type { ImageKernels, PoolWindow } from '../contract/images.js';
import { channelKernels } from './channels.js';

export const imageKernels: ImageKernels = {
  padImage(source, height, width, channels, target, targetHeight, targetWidth, top, left) {
    target.fill(0, 0, targetHeight * targetWidth * channels);
    for (let y = 0; y < height; y++) {
      const targetY = top + y;
      if (targetY < 0 || targetY >= targetHeight) continue;
      for (let x = 0; x < width; x++) {
        const targetX = left + x;
        if (targetX < 0 || targetX >= targetWidth) continue;
        for (let c = 0; c < channels; c++)
          target[(targetY * targetWidth + targetX) * channels + c] = source[(y * width + x) * channels + c];
      }
    }
  },

  spreadPixels(source, lines, perLine, channels, target, lineStride, stepStride) {
    for (let line = 0; line < lines; line++)
      for (let i = 0; i < perLine; i++)
        for (let c = 0; c < channels; c++)
          target[line * lineStride + i * stepStride + c] = source[(line * perLine + i) * channels + c];
  },

  zeroColumns(target, rows, columns, stride) {
    for (let r = 0; r < rows; r++) target.fill(0, r * stride, r * stride + columns);
  },

  unfold(image, windows, pixelStride, target, windowStride, tapStride) {
    forEachTap(windows, (window, tap, pixel) => {
      for (let c = 0; c < windows.channels; c++)
        target[window * windowStride + tap * tapStride + c] = pixel === undefined ? 0 : image[pixel * pixelStride + c];
    });
  },

  fold(columns, windows, windowStride, tapStride, image, pixelStride) {
    const { channels, height, width } = windows;
    imageKernels.zeroColumns(image, height * width, channels, pixelStride);
    forEachTap(windows, (window, tap, pixel) => {
      if (pixel === undefined) return;
      for (let c = 0; c < channels; c++)
        image[pixel * pixelStride + c] += columns[window * windowStride + tap * tapStride + c];
    });
  },

  transpose(source, rows, columns, target) {
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) target[c * rows + r] = source[r * columns + c];
  },

  maxPool(x, window, y, argmax) {
    const { channels } = window;
    forEachWindow(window, (output, places) => {
      for (let c = 0; c < channels; c++) {
        let largest = Number.NEGATIVE_INFINITY;
        let chosen = places.length > 0 ? places[0].place : 0;
        for (const { place, pixel } of places) {
          const value = x[pixel * channels + c];
          if (value > largest || Number.isNaN(value)) {
            largest = value;
            chosen = place;
          }
        }
        y[output * channels + c] = largest;
        argmax[output * channels + c] = chosen;
      }
    });
  },

  maxPoolBackward(dy, argmax, window, dx) {
    const { height, width, channels } = window;
    dx.fill(0, 0, height * width * channels);
    forEachWindow(window, (output, places) => {
      for (const { place, pixel } of places)
        for (let c = 0; c < channels; c++)
          if (argmax[output * channels + c] === place) dx[pixel * channels + c] += dy[output * channels + c];
    });
  },

  averagePool(x, width, channels, rows, columns, y) {
    forEachAverage(rows, columns, width, (output, pixels, size) => {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (const pixel of pixels) sum += x[pixel * channels + c];
        y[output * channels + c] = sum / size;
      }
    });
  },

  averagePoolBackward(dy, rows, columns, height, width, channels, dx) {
    const sums = new Float64Array(height * width * channels);
    forEachAverage(rows, columns, width, (output, pixels, size) => {
      for (const pixel of pixels)
        for (let c = 0; c < channels; c++) sums[pixel * channels + c] += dy[output * channels + c] / size;
    });
    dx.set(sums);
  },

  scaleShiftMaxPool(x, height, width, channels, stride, affine, y, argmax) {
    const pixels = height * width;
    const normalized = new Float32Array(pixels * stride);
    channelKernels.scaleShift(x, pixels, channels, stride, affine, -Infinity, Infinity, normalized);
    const [pooled, places] = [new Float32Array((pixels / 4) * channels), new Int32Array((pixels / 4) * channels)];
    imageKernels.maxPool(
      columnsOf(normalized, pixels, channels, stride),
      windows(height, width, channels),
      pooled,
      places,
    );
    for (let i = 0; i < pooled.length; i++) {
      const place = Math.floor(i / channels) * stride + (i % channels);
      y[place] = pooled[i];
      argmax[place] = places[i];
    }
  },

  maxPoolGradientMoments(dy, argmax, x, center, samples, height, width, channels, stride, sums, scratch) {
    const lines = samples.reduce((sum, count) => sum + count, 0) * height;
    const gradient = unpooled(dy, argmax, lines, width, channels, stride);
    channelKernels.gradientMoments(gradient, x, center, samples, height * width, channels, stride, sums, scratch);
  },

  maxPoolBatchNormBackward(dy, argmax, x, height, width, channels, stride, coefficients, mask, dx) {
    const gradient = unpooled(dy, argmax, height, width, channels, stride);
    channelKernels.batchNormBackward(gradient, x, height * width, channels, stride, coefficients, mask, dx);
  },
};

/** Rows of columns that lie `stride` numbers apart, one behind the other. */
const columnsOf = <T extends Float32Array | Int32Array>(source: T, rows: number, columns: number, stride: number) =>
  source.slice(0, rows * stride).filter((_, i) => i % stride < columns) as T;

/** A place of a window, and the pixel that is there. */
interface WindowPlace {
  readonly place: number;
  readonly pixel: number;
}

/** Calls `visit` with each output pixel and the places of its window that lie in the image, in row-major order. */
function forEachWindow(window: PoolWindow, visit: (output: number, places: readonly WindowPlace[]) => void): void {
  for (let oy = 0; oy < window.outputHeight; oy++)
    for (let ox = 0; ox < window.outputWidth; ox++)
      visit(
        oy * window.outputWidth + ox,
        placesOf(
          window,
          oy * window.strideHeight - window.paddingHeight,
          ox * window.strideWidth - window.paddingWidth,
        ),
      );
}

function placesOf(window: PoolWindow, top: number, left: number): WindowPlace[] {
  const { height, width, kernelHeight, kernelWidth, dilationHeight, dilationWidth } = window;
  const places: WindowPlace[] = [];
  for (let ky = 0; ky < kernelHeight; ky++)
    for (let kx = 0; kx < kernelWidth; kx++) {
      const [y, x] = [top + ky * dilationHeight, left + kx * dilationWidth];
      const isInside = y >= 0 && y < height && x >= 0 && x < width;
      if (isInside) places.push({ place: ky * kernelWidth + kx, pixel: y * width + x });
    }
  return places;
}

/** Calls `visit` with each output pixel, its window's pixels in row-major order, and what their sum is divided by. */
function forEachAverage(
  rows: Int32Array,
  columns: Int32Array,
  width: number,
  visit: (output: number, pixels: readonly number[], size: number) => void,
): void {
  let output = 0;
  for (let row = 0; row < rows.length; row += 3)
    for (let column = 0; column < columns.length; column += 3) {
      const pixels: number[] = [];
      for (let y = rows[row]; y < rows[row + 1]; y++)
        for (let x = columns[column]; x < columns[column + 1]; x++) pixels.push(y * width + x);
      visit(output++, pixels, rows[row + 2] * columns[column + 2]);
    }
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
  paddingHeight: 0,
  paddingWidth: 0,
  dilationHeight: 1,
  dilationWidth: 1,
});

/** The gradient of what was pooled, with pixels so far apart. */
function unpooled(
  dy: Float32Array,
  argmax: Int32Array,
  height: number,
  width: number,
  channels: number,
  stride: number,
): Float32Array {
  const [pooledGradient, places] = [
    columnsOf(dy, (height * width) / 4, channels, stride),
    columnsOf(argmax, (height * width) / 4, channels, stride),
  ];
  const dense = new Float32Array(height * width * channels);
  imageKernels.maxPoolBackward(pooledGradient, places, windows(height, width, channels), dense);
  const gradient = new Float32Array(height * width * stride);
  for (let pixel = 0; pixel < height * width; pixel++)
    gradient.set(dense.subarray(pixel * channels, (pixel + 1) * channels), pixel * stride);
  return gradient;
}

/** Calls `visit` with each tap, of each window, and the pixel where it lies, if there is one. Taps are the outer loop. */
function forEachTap(
  windows: PoolWindow,
  visit: (window: number, tap: number, pixel: number | undefined) => void,
): void {
  const { height, width, kernelHeight, kernelWidth, outputHeight, outputWidth } = windows;
  for (let tap = 0; tap < kernelHeight * kernelWidth; tap++) {
    const [ky, kx] = [Math.floor(tap / kernelWidth), tap % kernelWidth];
    for (let window = 0; window < outputHeight * outputWidth; window++) {
      const [oy, ox] = [Math.floor(window / outputWidth), window % outputWidth];
      const y = oy * windows.strideHeight - windows.paddingHeight + ky * windows.dilationHeight;
      const x = ox * windows.strideWidth - windows.paddingWidth + kx * windows.dilationWidth;
      const inside = y >= 0 && y < height && x >= 0 && x < width;
      visit(window, tap, inside ? y * width + x : undefined);
    }
  }
}
