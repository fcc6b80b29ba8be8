import { describe, expect, it } from '@jest/globals';
import { MOMENTS_SCRATCH } from '../../src/kernels/contract/channels.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { referenceKernels } from '../../src/kernels/reference/index.js';
import { simdKernels } from '../../src/kernels/simd/index.js';
import { Arena } from '../../src/tensor/arena.js';
import { values } from '../support/kernelRoom.js';

const arena = new Arena();
/** Of one sample. */
const oneShard = arena.int32(1).fill(1);
const UNIT = 2 ** -24; // float32's relative rounding error
const floats = (from: ArrayLike<number>) => {
  const array = arena.float32(from.length);
  array.set(from);
  return array;
};

describe.each<Kernels>([referenceKernels, simdKernels(arena.memory), simdKernels(arena.memory, 'wide')])(
  '$name kernels',
  (kernels) => {
    it('columnSums and gradientMoments sum blocks of 16 rows in float32 and the blocks in float64, to the bit', () => {
      const [rows, columns] = [37, 21];
      const [x, dy, center] = [values(rows * columns, 1), values(rows * columns, 2), values(columns, 4)];
      const [sums, moments] = [arena.float32(columns), arena.float64(2 * columns)];
      sums.set(values(columns, 3));
      const before = sums.slice();
      kernels.columnSums(floats(x), rows, columns, columns, sums, true);
      kernels.gradientMoments(
        floats(dy),
        floats(x),
        floats(center),
        oneShard,
        rows,
        columns,
        columns,
        moments,
        arena.float32(MOMENTS_SCRATCH),
      );
      const { fround } = Math;
      const inBlocks = (terms: readonly number[]) =>
        [0, 16, 32]
          .map((first) => terms.slice(first, first + 16).reduce((sum, term) => fround(sum + term), 0))
          .reduce((total, sum) => total + sum, 0);
      for (let c = 0; c < columns; c++) {
        const [xs, dys] = [x, dy].map((array) => Array.from(array).filter((_, i) => i % columns === c));
        expect(sums[c]).toBe(fround(before[c] + fround(inBlocks(xs))));
        expect(moments[c]).toBe(inBlocks(dys));
        expect(moments[columns + c]).toBe(inBlocks(xs.map((value, r) => fround(dys[r] * fround(value - center[c])))));
      }
    });

    // In a block of 16 the differences d from its first row p are rounded once and summed with 14 roundings, their squares
    // rounded twice more: e = 15·2⁻²⁴·Σ|d| and 17·2⁻²⁴·Σd² at most. n·variance is Σx² − (Σx)²/n, so the first counts
    // 2·|p − mean| times. Sums in float64 are off by fewer than 2⁻⁴⁸ of theirs.
    it.each([0, 1, 100, 1e4, 1e6])(
      'columnMoments, values from %d − 2 to 2 above: n·variance within Σ over blocks of 17·2⁻²⁴·Σd² + 30·2⁻²⁴·|p − mean|·Σ|d|, and 2⁻⁴⁸·Σx²',
      (center) => {
        const [rows, columns] = [173, 21];
        const x = values(rows * columns, 1).map((value) => value + center);
        const moments = arena.float64(2 * columns);
        kernels.columnMoments(floats(x), oneShard, rows, columns, columns, moments, arena.float32(MOMENTS_SCRATCH));
        for (let c = 0; c < columns; c++) {
          const xs = Array.from(x).filter((_, i) => i % columns === c);
          const mean = xs.reduce((sum, value) => sum + value, 0) / rows;
          const exact = xs.reduce((sum, value) => sum + (value - mean) ** 2, 0);
          let bound = 2 ** -48 * moments[columns + c];
          for (let first = 0; first < rows; first += 16) {
            const differences = xs.slice(first, first + 16).map((value) => Math.abs(value - xs[first]));
            const size = differences.reduce((sum, d) => sum + d, 0);
            const squares = differences.reduce((sum, d) => sum + d * d, 0);
            bound += UNIT * (17 * squares + 30 * Math.abs(xs[first] - mean) * size);
          }
          const found = moments[columns + c] - moments[c] ** 2 / rows;
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(bound);
        }
      },
    );

    it('sumMoments adds the moments of shards to those of the first, in their order', () => {
      const moments = arena.float64(12);
      moments.set([1e16, 1, 7, 7, 1, 1e16, 7, 7, -1e16, -1e16, 7, 7]);
      kernels.sumMoments(moments, 3, 1, 2);
      expect([...moments]).toEqual([0, 0, 7, 7, 1, 1e16, 7, 7, -1e16, -1e16, 7, 7]);
    });

    it('batchNormBackward takes a mask’s gradients where x > 0 or is NaN, times the mask, and 0 elsewhere', () => {
      const x = [2, -1, 0, -0, Number.NaN, Infinity, -Infinity, 1e-45];
      // dx = 2·dy + 0·(x − 1) + 1, but for x = ±∞ and NaN, where it is NaN.
      const coefficients = floats([1, 2, 0, 1].flatMap((value) => new Array<number>(8).fill(value)));
      const gradients = (mask: number) => {
        const dx = arena.float32(8);
        kernels.batchNormBackward(floats([1, 2, 3, 4, 5, 6, 7, 8]), floats(x), 1, 8, 8, coefficients, mask, dx);
        return [...dx];
      };
      const { NaN: nan } = Number;
      expect(gradients(0)).toEqual([3, 5, 7, 9, nan, nan, nan, 17]);
      expect(gradients(1)).toEqual([3, 0, 0, 0, nan, nan, 0, 17]);
      expect(gradients(1.5)).toEqual([4.5, 0, 0, 0, nan, nan, 0, 25.5]);
    });
  },
);
