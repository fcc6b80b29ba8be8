import type { ProductKernels } from '../contract/products.js';
import type { Patches } from '../patches.js';
import { addProducts, totals } from './sums.js';

// Terms that are summed before the sum is added to the total. Short sums keep the rounding errors small: they grow with
// the square root of the number of terms, here √64 + √(K / 64) instead of √K, the least for K near 4,000.
const BLOCK = 64;

export const productKernels: ProductKernels = {
  packPanels(source, rows, columns, rowStride, columnStride, panels, row, depth) {
    for (let first = 0; first < columns; first += 8) {
      for (let k = 0; k < rows; k++) {
        const target = first * depth + (row + k) * 8;
        for (let j = 0; j < 8; j++) {
          const n = first + j;
          panels[target + j] = n < columns ? source[k * rowStride + n * columnStride] : 0;
        }
      }
    }
  },

  unfoldRows(source, unfolding, target) {
    const { height, width, channels, groupChannels, rows, windows, taps } = unfolding;
    let place = 0;
    for (let r = 0; r < rows; r++)
      for (let w = 0; w < windows; w++)
        for (let t = 0; t < taps; t++) {
          const y = unfolding.top + r;
          const x = unfolding.left + w * unfolding.stride + t * unfolding.dilation;
          const isPixel = y >= 0 && y < height && x >= 0 && x < width;
          const pixel = (y * width + x) * channels;
          for (let c = 0; c < groupChannels; c++) target[place++] = isPixel ? source[pixel + c] : 0;
        }
  },

  gemm(a, patches, panels, bias, output, columns, outputStride) {
    const { lines, perLine, runs, runLength, runStride } = patches;
    for (let n = 0; n < columns; n += 8) {
      const b = n * runs * runLength;
      for (let m = 0; m < lines * perLine; m++) {
        const start = rowStart(patches, m);
        for (let j = 0; j < 8; j++) totals[j] = bias && n + j < columns ? bias[n + j] : 0;
        for (let run = 0; run < runs; run++)
          addProducts(a, start + run * runStride, 1, runLength, panels, b + 8 * run * runLength, 8, BLOCK);
        for (let j = 0; j < 8 && n + j < columns; j++) output[m * outputStride + n + j] = totals[j];
      }
    }
  },

  gemmTransposed(a, patches, panels, packed, output, columns, outputStride, accumulate) {
    const { lines, perLine, runs, runLength, runStride } = patches;
    const rows = lines * perLine;
    for (let k = 0; k < runs * runLength; k++) {
      const column = Math.floor(k / runLength) * runStride + (k % runLength);
      for (let m = 0; m < rows; m++) packed[m] = a[rowStart(patches, m) + column];
      for (let n = 0; n < columns; n += 8) {
        const place = k * outputStride + n;
        for (let j = 0; j < 8; j++) totals[j] = accumulate && n + j < columns ? output[place + j] : 0;
        addProducts(packed, 0, 1, rows, panels, n * rows, 8, BLOCK);
        for (let j = 0; j < 8 && n + j < columns; j++) output[place + j] = totals[j];
      }
    }
  },
};

/** Where row m of the patches starts. */
const rowStart = ({ perLine, lineStride, stepStride }: Patches, m: number) =>
  Math.floor(m / perLine) * lineStride + (m % perLine) * stepStride;
