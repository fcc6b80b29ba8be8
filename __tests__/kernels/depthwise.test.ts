import { describe, expect, it } from '@jest/globals';
import type { TapWindows } from '../../src/kernels/contract/depthwise.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { referenceKernels } from '../../src/kernels/reference/index.js';
import { simdKernels } from '../../src/kernels/simd/index.js';
import { Arena } from '../../src/tensor/arena.js';
import { scatteredValues, specialValues, values } from '../support/kernelRoom.js';
import { unequal } from '../support/unequal.js';

const arena = new Arena();
const floats = (from: ArrayLike<number>) => {
  const array = arena.float32(from.length);
  array.set(from);
  return array;
};

/** 3×3 windows, stride 1, of a 4×7 image with a border of one pixel. */
const C = 21;
const windows: TapWindows = {
  height: 4,
  width: 7,
  pixelStride: C,
  sampleStride: 4 * 7 * C,
  top: -1,
  left: -1,
  strideHeight: 1,
  strideWidth: 1,
  kernelHeight: 3,
  kernelWidth: 3,
  dilationHeight: 1,
  dilationWidth: 1,
  outputHeight: 4,
  outputWidth: 7,
  outputLineStride: 7 * C,
  outputStepStride: C,
  outputSampleStride: 4 * 7 * C,
  weightStart: 0,
  weightLineStride: 3 * C,
  weightStepStride: C,
};
const PIXELS = 4 * 7;

describe.each<Kernels>([referenceKernels, simdKernels(arena.memory), simdKernels(arena.memory, 'wide')])(
  'depthwise $name kernels',
  (kernels) => {
    it('sum float32 products of a column of taps, and the columns from the bias on, without those outside', () => {
      const { fround } = Math;
      const [x, weights, bias] = [values(PIXELS * C, 1), values(9 * C, 2), values(C, 3)];
      const y = arena.float32(PIXELS * C);
      kernels.depthwise(
        floats(x),
        windows,
        1,
        C,
        floats(weights),
        floats(bias),
        -Infinity,
        undefined,
        -Infinity,
        Infinity,
        y,
      );
      const expected = Float32Array.from(y, (_, place) => {
        const [c, pixel] = [place % C, Math.floor(place / C)];
        let sum = bias[c];
        for (let b = 0; b < 3; b++) {
          let column = 0;
          for (let a = 0; a < 3; a++) {
            const [row, place] = [Math.floor(pixel / 7) + a - 1, (pixel % 7) + b - 1];
            if (row < 0 || row >= 4 || place < 0 || place >= 7) continue;
            column = fround(column + fround(x[(7 * row + place) * C + c] * weights[(3 * a + b) * C + c]));
          }
          sum = fround(sum + column);
        }
        return sum;
      });
      expect(unequal(y, expected)).toEqual([]);
    });

    it('a tap that reads nothing adds nothing, whatever its weight: an infinite one makes no NaN', () => {
      const weights = floats(new Float32Array(9 * C).fill(1).fill(Infinity, 0, 3 * C));
      const [x, y] = [floats(new Float32Array(PIXELS * C).fill(1)), arena.float32(PIXELS * C)];
      kernels.depthwise(x, windows, 1, C, weights, arena.float32(C), -Infinity, undefined, -Infinity, Infinity, y);
      expect(new Set(y.subarray(0, 7 * C))).toEqual(new Set([4, 6]));
      expect(new Set(y.subarray(7 * C))).toEqual(new Set([Infinity]));
    });

    it.each([values, scatteredValues, specialValues])(
      'a floor and an affine map with its bounds give the bits of relu and scaleShift, %#',
      (fill) => {
        const [x, weights, bias] = [floats(fill(PIXELS * C, 1)), floats(values(9 * C, 2)), floats(fill(C, 3))];
        const affine = floats(fill(3 * C, 4));
        const [y, found] = [arena.float32(PIXELS * C), arena.float32(PIXELS * C)];
        kernels.depthwise(x, windows, 1, C, weights, bias, -Infinity, undefined, -Infinity, Infinity, y);
        kernels.relu(y, y);
        kernels.depthwise(x, windows, 1, C, weights, bias, 0, undefined, -Infinity, Infinity, found);
        expect(unequal(found, y)).toEqual([]);
        for (const [floor, ceiling] of [
          [-Infinity, Infinity],
          [0, Infinity],
          [0, 0.5],
        ]) {
          const mapped = arena.float32(PIXELS * C);
          kernels.scaleShift(y, PIXELS, C, C, affine, floor, ceiling, mapped);
          kernels.depthwise(x, windows, 1, C, weights, bias, 0, affine, floor, ceiling, found);
          expect(unequal(found, mapped)).toEqual([]);
        }
      },
    );

    // Of n = 7·4 terms each has a rounding of its product and, in sums of 7 and of 4 lines, 11 more at most.
    it('the weight gradient is within 12·2⁻²⁴·Σ|dy·x| of the sum in float64', () => {
      const [x, dy] = [values(PIXELS * C, 1), values(PIXELS * C, 2)];
      const gradient = arena.float32(9 * C);
      kernels.addDepthwiseWeightGradient(floats(x), windows, 1, C, floats(dy), gradient);
      for (const [place, found] of gradient.entries()) {
        const [c, tap] = [place % C, Math.floor(place / C)];
        let [sum, size] = [0, 0];
        for (let pixel = 0; pixel < PIXELS; pixel++) {
          const [row, column] = [Math.floor(pixel / 7) + Math.floor(tap / 3) - 1, (pixel % 7) + (tap % 3) - 1];
          if (row < 0 || row >= 4 || column < 0 || column >= 7) continue;
          const term = dy[pixel * C + c] * x[(7 * row + column) * C + c];
          sum += term;
          size += Math.abs(term);
        }
        expect(Math.abs(found - sum)).toBeLessThanOrEqual(12 * 2 ** -24 * size);
      }
    });
  },
);
