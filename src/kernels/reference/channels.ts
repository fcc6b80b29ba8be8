import type { ChannelKernels } from '../contract/channels.js';
import { elementKernels } from './elements.js';

const { fround } = Math;

// Rows that are summed in float32 before their sum is added in float64.
const BLOCK = 16;

/** `value` of channel c, of so many channels, as an affine map takes it. */
export const affineOf = (value: number, affine: Float32Array, channels: number, c: number): number =>
  fround(fround(fround(value - affine[c]) * affine[channels + c]) + affine[2 * channels + c]);

export const channelKernels: ChannelKernels = {
  columnSums(source, rows, columns, stride, output, accumulate) {
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let r = 0; r < rows; ) {
        const end = Math.min(r + BLOCK, rows);
        let block = 0;
        for (; r < end; r++) block = fround(block + source[r * stride + c]);
        sum += block;
      }
      output[c] = accumulate ? output[c] + fround(sum) : sum;
    }
  },

  columnMoments(x, rows, columns, sums) {
    for (let c = 0; c < columns; c++) {
      let [sum, squareSum] = [0, 0];
      for (let r = 0; r < rows; r += BLOCK) {
        const count = Math.min(BLOCK, rows - r);
        const first = x[r * columns + c];
        let [differences, squares] = [0, 0];
        for (let i = 1; i < count; i++) {
          const difference = fround(x[(r + i) * columns + c] - first);
          differences = fround(differences + difference);
          squares = fround(squares + fround(difference * difference));
        }
        const blockSum = count * first + differences;
        sum += blockSum;
        squareSum += first * (blockSum + differences) + squares;
      }
      sums[c] = sum;
      sums[columns + c] = squareSum;
    }
  },

  gradientMoments(dy, x, center, rows, columns, sums) {
    for (let c = 0; c < columns; c++) {
      let [sum, product] = [0, 0];
      for (let r = 0; r < rows; ) {
        const end = Math.min(r + BLOCK, rows);
        let [blockSum, blockProduct] = [0, 0];
        for (; r < end; r++) {
          const i = r * columns + c;
          blockSum = fround(blockSum + dy[i]);
          blockProduct = fround(blockProduct + fround(dy[i] * fround(x[i] - center[c])));
        }
        sum += blockSum;
        product += blockProduct;
      }
      sums[c] = sum;
      sums[columns + c] = product;
    }
  },

  rectifiedGradientMoments(y, dy, x, center, rows, columns, sums) {
    elementKernels.reluBackward(y, dy, dy);
    channelKernels.gradientMoments(dy, x, center, rows, columns, sums);
  },

  scaleShift(x, rows, columns, affine, floor, y) {
    for (let i = 0; i < rows * columns; i++) y[i] = Math.max(affineOf(x[i], affine, columns, i % columns), floor);
  },

  scaleShiftAdd(x, rows, columns, affine, residual, floor, y) {
    for (let i = 0; i < rows * columns; i++)
      y[i] = Math.max(fround(affineOf(x[i], affine, columns, i % columns) + residual[i]), floor);
  },

  batchNormBackward(dy, x, rows, columns, coefficients, mask, dx) {
    const factor = fround(mask);
    for (let i = 0; i < rows * columns; i++) {
      const c = i % columns;
      const [center, a] = [coefficients[c], coefficients[columns + c]];
      const [b, d] = [coefficients[2 * columns + c], coefficients[3 * columns + c]];
      const gradient = fround(fround(fround(a * dy[i]) + d) + fround(b * fround(x[i] - center)));
      if (mask === 0) dx[i] = gradient;
      else dx[i] = x[i] <= 0 ? 0 : gradient * factor;
    }
  },
};
