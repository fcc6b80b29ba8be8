import { HARDSWISH, SILU } from '../activation.js';
import type { ActivationKernels } from '../contract/activations.js';
import type { ChannelKernels } from '../contract/channels.js';
import { activationKernels } from './activations.js';

const { fround } = Math;

// Rows that are summed in float32 before their sum is added in float64.
const BLOCK = 16;

/** `value` of channel c as an affine map takes it, whose scale and shift lie `stride` floats behind. */
export const affineOf = (value: number, affine: Float32Array, stride: number, c: number): number =>
  fround(fround(fround(value - affine[c]) * affine[stride + c]) + affine[2 * stride + c]);

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

  columnMoments(x, samples, perSample, columns, stride, sums) {
    forEachShard(samples, perSample, stride, (first, rows, place) =>
      momentsOfRows(x.subarray(first), rows, columns, stride, sums.subarray(place)),
    );
  },

  gradientMoments(dy, x, center, samples, perSample, columns, stride, sums) {
    forEachShard(samples, perSample, stride, (first, rows, place) => {
      const [gradients, inputs] = [dy.subarray(first), x.subarray(first)];
      gradientMomentsOfRows(gradients, inputs, center, rows, columns, stride, sums.subarray(place));
    });
  },

  rectifiedGradientMoments(y, ceiling, dy, x, center, samples, perSample, columns, stride, sums, scratch) {
    forEach(rowsOf(samples, perSample), columns, stride, (i) => {
      if (y[i] <= 0 || (ceiling < Infinity && y[i] >= ceiling)) dy[i] = 0;
    });
    channelKernels.gradientMoments(dy, x, center, samples, perSample, columns, stride, sums, scratch);
  },

  sumMoments(moments, shards, columns, stride) {
    for (let shard = 1; shard < shards; shard++)
      for (let i = 0; i < 2 * columns; i++) moments[i] += moments[2 * stride * shard + i];
  },

  scaleShift(x, rows, columns, stride, affine, floor, ceiling, y) {
    forEach(rows, columns, stride, (i, c) => {
      y[i] = Math.min(Math.max(affineOf(x[i], affine, stride, c), floor), ceiling);
    });
  },

  scaleShiftAdd(x, rows, columns, stride, affine, residual, floor, y) {
    forEach(rows, columns, stride, (i, c) => {
      y[i] = Math.max(fround(affineOf(x[i], affine, stride, c) + residual[i]), floor);
    });
  },

  scaleShiftActivation(x, rows, columns, stride, affine, activation, y) {
    const z = mapped(x, rows, columns, stride, affine);
    functions[activation].value(z, z);
    forEach(rows, columns, stride, (i) => {
      y[i] = z[i];
    });
  },

  activationGradientMoments(affine, activation, dy, x, samples, perSample, columns, stride, sums, scratch) {
    const rows = rowsOf(samples, perSample);
    const z = mapped(x, rows, columns, stride, affine);
    const dz = new Float32Array(z.length);
    functions[activation].gradient(z, dy.subarray(0, z.length), dz);
    forEach(rows, columns, stride, (i) => {
      dy[i] = dz[i];
    });
    channelKernels.gradientMoments(dy, x, affine, samples, perSample, columns, stride, sums, scratch);
  },

  batchNormBackward(dy, x, rows, columns, stride, coefficients, mask, dx) {
    const factor = fround(mask);
    forEach(rows, columns, stride, (i, channel) => {
      const [center, a, b, d] = [0, 1, 2, 3].map((row) => coefficients[row * stride + channel]);
      const gradient = fround(fround(fround(a * dy[i]) + d) + fround(b * fround(x[i] - center)));
      if (mask === 0) dx[i] = gradient;
      else dx[i] = x[i] <= 0 ? 0 : gradient * factor;
    });
  },
};

interface ActivationFunction {
  readonly value: ActivationKernels['silu'];
  readonly gradient: ActivationKernels['siluBackward'];
}

const functions: Readonly<Record<number, ActivationFunction>> = {
  [SILU]: { value: activationKernels.silu, gradient: activationKernels.siluBackward },
  [HARDSWISH]: { value: activationKernels.hardswish, gradient: activationKernels.hardswishBackward },
};

/** What scaleShift makes, with zeros between. */
function mapped(x: Float32Array, rows: number, columns: number, stride: number, affine: Float32Array): Float32Array {
  const z = new Float32Array(rows * stride);
  channelKernels.scaleShift(x, rows, columns, stride, affine, -Infinity, Infinity, z);
  return z;
}

/** Calls `visit` with the place and the channel of each number of the rows. */
function forEach(rows: number, columns: number, stride: number, visit: (i: number, c: number) => void): void {
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) visit(r * stride + c, c);
}

/** Where each shard's rows begin, how many they are, and where its sums go. */
function forEachShard(
  samples: Int32Array,
  perSample: number,
  stride: number,
  each: (first: number, rows: number, place: number) => void,
): void {
  let first = 0;
  for (const [shard, count] of samples.entries()) {
    each(first, count * perSample, 2 * stride * shard);
    first += count * perSample * stride;
  }
}

function momentsOfRows(x: Float32Array, rows: number, columns: number, stride: number, sums: Float64Array): void {
  for (let c = 0; c < columns; c++) {
    let [sum, squareSum] = [0, 0];
    for (let r = 0; r < rows; r += BLOCK) {
      const count = Math.min(BLOCK, rows - r);
      const first = x[r * stride + c];
      let [differences, squares] = [0, 0];
      for (let i = 1; i < count; i++) {
        const difference = fround(x[(r + i) * stride + c] - first);
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
}

function gradientMomentsOfRows(
  dy: Float32Array,
  x: Float32Array,
  center: Float32Array,
  rows: number,
  columns: number,
  stride: number,
  sums: Float64Array,
): void {
  for (let c = 0; c < columns; c++) {
    let [sum, product] = [0, 0];
    for (let r = 0; r < rows; ) {
      const end = Math.min(r + BLOCK, rows);
      let [blockSum, blockProduct] = [0, 0];
      for (; r < end; r++) {
        const i = r * stride + c;
        blockSum = fround(blockSum + dy[i]);
        blockProduct = fround(blockProduct + fround(dy[i] * fround(x[i] - center[c])));
      }
      sum += blockSum;
      product += blockProduct;
    }
    sums[c] = sum;
    sums[columns + c] = product;
  }
}

const rowsOf = (samples: Int32Array, perSample: number) => samples.reduce((sum, count) => sum + count, 0) * perSample;
