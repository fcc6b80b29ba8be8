import { describe, expect, it } from '@jest/globals';
import type { PoolWindow } from '../../src/kernels/contract/images.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { matrix, type Patches, panelSize } from '../../src/kernels/patches.js';
import { referenceKernels } from '../../src/kernels/reference/index.js';
import { simdKernels } from '../../src/kernels/simd/index.js';
import { Arena } from '../../src/tensor/arena.js';
import { imagePatches, imageWindows, values } from '../support/kernelRoom.js';
import { unequal } from '../support/unequal.js';

const arena = new Arena();
const floats = (from: ArrayLike<number>) => {
  const array = arena.float32(from.length);
  array.set(from);
  return array;
};
const ints = (from: readonly number[]) => {
  const array = arena.int32(from.length);
  array.set(from);
  return array;
};

const UNIT = 2 ** -24; // float32's relative rounding error

/** A(m, k) of patches in an array, as the interface's comment defines it. */
function element(a: ArrayLike<number>, p: Patches, m: number, k: number): number {
  const start = Math.floor(m / p.perLine) * p.lineStride + (m % p.perLine) * p.stepStride;
  return a[start + Math.floor(k / p.runLength) * p.runStride + (k % p.runLength)];
}

const products = [
  ...[
    [1, 1],
    [5, 9],
    [4, 32],
    [7, 33],
    [13, 200],
    [65, 31],
  ].map(([rows, depth]) => ({
    what: `a ${rows}×${depth} matrix`,
    patches: matrix(rows, depth, depth + 2),
    size: rows * (depth + 2),
  })),
  ...imageWindows.map((window) => {
    const { height, width, channels, kernel, stride } = window;
    const what = `${kernel.join('×')} windows, stride ${stride.join('×')}, of a ${height}×${width}×${channels} image`;
    return { what, patches: imagePatches(window), size: height * width * channels };
  }),
];

/** The error of Σ terms against float64, in units of its bound (terms + 2)·2⁻²⁴·Σ|terms|: one rounding of
 * each product, one of each sum, and one for second-order terms (terms² · 2⁻⁴⁸ stays far below that here). */
function errorShare(found: number, terms: readonly number[]): number {
  const exact = terms.reduce((sum, term) => sum + term, 0);
  const size = terms.reduce((sum, term) => sum + Math.abs(term), 0);
  return Math.abs(found - exact) / ((terms.length + 2) * UNIT * size);
}

describe.each<Kernels>([referenceKernels, simdKernels(arena.memory), simdKernels(arena.memory, 'wide')])(
  '$name kernels',
  (kernels) => {
    it.each(products)('gemm of $what is within (K + 2)·2⁻²⁴·Σ|a·b| of the sum in float64', ({ patches, size }) => {
      const [rows, depth] = [patches.lines * patches.perLine, patches.runs * patches.runLength];
      const shares: number[] = [];
      for (const columns of [5, 24]) {
        const [a, b, bias] = [values(size, 1), values(depth * columns, 2), values(columns, 3)];
        const panels = arena.float32(panelSize(depth, columns));
        kernels.packPanels(floats(b), depth, columns, columns, 1, panels, 0, depth);
        const output = arena.float32(rows * columns);
        kernels.gemm(floats(a), patches, panels, floats(bias), output, columns, columns);
        for (let m = 0; m < rows; m++) {
          for (let n = 0; n < columns; n++) {
            const terms = Array.from({ length: depth }, (_, k) => element(a, patches, m, k) * b[k * columns + n]);
            shares.push(errorShare(output[m * columns + n], [...terms, bias[n]]));
          }
        }
      }
      expect(Math.max(...shares)).toBeLessThanOrEqual(1);
    });

    it.each(products)(
      'gemm of $what begins each sum with +0: −0 alone, and a bias of −0, make +0',
      ({ patches, size }) => {
        const [rows, depth] = [patches.lines * patches.perLine, patches.runs * patches.runLength];
        const [ones, zeros] = [new Float32Array(size).fill(1), new Float32Array(24 * depth).fill(-0)];
        const output = floats(new Float32Array(rows * 24).fill(7));
        kernels.gemm(floats(ones), patches, floats(zeros), floats(zeros.subarray(0, 24)), output, 24, 24);
        expect(unequal(output, new Float32Array(rows * 24))).toEqual([]);
      },
    );

    it.each(products)(
      'gemmTransposed of $what is within (M + 2)·2⁻²⁴·Σ|a·b| of the sum in float64',
      ({ patches, size }) => {
        const [rows, depth] = [patches.lines * patches.perLine, patches.runs * patches.runLength];
        const shares: number[] = [];
        for (const columns of [5, 24]) {
          const [a, b, before] = [values(size, 1), values(rows * columns, 2), values(depth * columns, 3)];
          const panels = arena.float32(panelSize(rows, columns));
          kernels.packPanels(floats(b), rows, columns, columns, 1, panels, 0, rows);
          for (const accumulate of [false, true]) {
            const output = floats(before);
            kernels.gemmTransposed(
              floats(a),
              patches,
              panels,
              arena.float32(4 * rows),
              output,
              columns,
              columns,
              accumulate,
            );
            for (let k = 0; k < depth; k++) {
              for (let n = 0; n < columns; n++) {
                const terms = Array.from({ length: rows }, (_, m) => element(a, patches, m, k) * b[m * columns + n]);
                const all = accumulate ? [...terms, before[k * columns + n]] : terms;
                shares.push(errorShare(output[k * columns + n], all));
              }
            }
          }
        }
        expect(Math.max(...shares)).toBeLessThanOrEqual(1);
      },
    );

    it('packPanels lays B out as [⌈N/8⌉][K][8] with zeros where a column does not exist', () => {
      const panels = arena.float32(panelSize(2, 10));
      const rows = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
      kernels.packPanels(floats([...rows, ...rows.map((value) => -value)]), 2, 10, 10, 1, panels, 0, 2);
      const second = [9, 10, 0, 0, 0, 0, 0, 0, -9, -10, 0, 0, 0, 0, 0, 0];
      expect([...panels]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, -1, -2, -3, -4, -5, -6, -7, -8, ...second]);
    });

    it('padImage leaves out what falls outside, and spreadPixels writes pixels at their strides and nothing else', () => {
      const target = floats(new Array<number>(12).fill(7));
      kernels.padImage(floats([1, 2, 3, 4]), 2, 2, 1, target, 3, 4, -1, 3);
      expect([...target]).toEqual([0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
      kernels.spreadPixels(floats([1, 2, 3, 4]), 2, 2, 1, target.subarray(1), 4, 2);
      expect([...target]).toEqual([0, 1, 0, 2, 0, 3, 0, 4, 0, 0, 0, 0]);
    });

    it('relu and its gradient let NaN through and take both zeros for not positive', () => {
      const x = [2, -1, 0, -0, Number.NaN, Infinity, -Infinity, 1e-45];
      const [y, dx] = [arena.float32(8), arena.float32(8)];
      kernels.relu(floats(x), y);
      expect([...y]).toEqual([2, 0, 0, 0, Number.NaN, Infinity, 0, Math.fround(1e-45)]);
      kernels.reluBackward(y, floats([1, 2, 3, 4, 5, 6, 7, 8]), dx);
      expect([...dx]).toEqual([1, 0, 0, 0, 5, 6, 0, 8]);
    });

    it('add and multiply round once, and addRelu lets NaN through and takes both zeros for not positive', () => {
      const { NaN: nan } = Number;
      const a = [1, 2 ** -149, 3.4028234663852886e38, Infinity, nan, -0, 0, -3];
      const b = [2 ** -25, 2 ** -149, 3.4028234663852886e38, -Infinity, 1, -0, -0, 1];
      const results = (['add', 'addRelu', 'multiply'] as const).map((kernel) => {
        const y = arena.float32(8);
        kernels[kernel](floats(a), floats(b), y);
        return [...y];
      });
      const { fround } = Math;
      expect(results[0]).toEqual(a.map((value, i) => fround(value + b[i])));
      expect(results[1]).toEqual([1, 2 ** -148, Infinity, nan, nan, 0, 0, 0]);
      expect(results[2]).toEqual(a.map((value, i) => fround(value * b[i])));
    });

    it('maxPool takes the first of equals, the last of NaN, and the first place of a window of −∞', () => {
      const window: PoolWindow = {
        height: 2,
        width: 8,
        channels: 1,
        kernelHeight: 2,
        kernelWidth: 2,
        strideHeight: 2,
        strideWidth: 2,
        paddingHeight: 0,
        paddingWidth: 0,
        dilationHeight: 1,
        dilationWidth: 1,
        outputHeight: 1,
        outputWidth: 4,
      };
      const inf = -Infinity;
      const x = floats([1, 3, Number.NaN, 9, inf, inf, -0, 0, 3, 3, 5, Number.NaN, inf, inf, 0, -0]);
      const [y, places, dx] = [arena.float32(4), arena.int32(4), arena.float32(16)];
      kernels.maxPool(x, window, y, places);
      expect([...y]).toEqual([3, Number.NaN, inf, -0]);
      expect([...places]).toEqual([1, 3, 0, 0]);
      kernels.maxPoolBackward(floats([1, 2, 4, 8]), places, window, dx);
      expect([...dx]).toEqual([0, 1, 0, 0, 4, 0, 8, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
    });

    it('maxPoolBackward adds up the gradients of windows that overlap', () => {
      const window: PoolWindow = {
        height: 1,
        width: 3,
        channels: 1,
        kernelHeight: 1,
        kernelWidth: 2,
        strideHeight: 1,
        strideWidth: 1,
        paddingHeight: 0,
        paddingWidth: 0,
        dilationHeight: 1,
        dilationWidth: 1,
        outputHeight: 1,
        outputWidth: 2,
      };
      const dx = floats([7, 7, 7]);
      kernels.maxPoolBackward(floats([1, 2]), ints([1, 0]), window, dx);
      expect([...dx]).toEqual([0, 3, 0]);
    });

    it('maxPool takes what lies outside for −∞: the first of equals inside, dilated, and nothing for a window outside', () => {
      const window: PoolWindow = {
        height: 2,
        width: 3,
        channels: 1,
        kernelHeight: 2,
        kernelWidth: 2,
        strideHeight: 1,
        strideWidth: 2,
        paddingHeight: 1,
        paddingWidth: 1,
        dilationHeight: 3,
        dilationWidth: 2,
        outputHeight: 1,
        outputWidth: 2,
      };
      const inside = { ...window, dilationHeight: 1, outputHeight: 2 };
      const x = floats([-5, -1, -2, -5, -1, -3]);
      const [y, places] = [arena.float32(4), arena.int32(4)];
      kernels.maxPool(x, inside, y, places);
      expect([...y]).toEqual([-1, -1, -1, -1]);
      expect([...places]).toEqual([3, 2, 1, 0]);
      const dx = floats(new Array<number>(6).fill(7));
      kernels.maxPoolBackward(floats([1, 2, 4, 8]), places, inside, dx);
      expect([...dx]).toEqual([0, 15, 0, 0, 0, 0]);
      kernels.maxPool(x, window, y, places);
      expect([...y.subarray(0, 2)]).toEqual([-Infinity, -Infinity]);
      kernels.maxPoolBackward(floats([1, 2]), places, window, dx);
      expect([...dx]).toEqual([0, 0, 0, 0, 0, 0]);
    });

    it('averagePool sums windows in float64, and its gradient the windows of a pixel: 2²⁴ + 1 + 1 keeps both ones', () => {
      // Of a 2×3 image: both rows, and columns 0 and 1, then 1 and 2 that count for four; −0 alone makes +0.
      const [rows, columns] = [ints([0, 2, 1]), ints([0, 2, 1, 1, 3, 4])];
      const x = floats([2 ** 24, -0, -0, 1, 1, 3]);
      const y = arena.float32(2);
      kernels.averagePool(x, 3, 1, rows, columns, y);
      expect([...y]).toEqual([2 ** 24 + 2, 1]);
      kernels.averagePool(floats([-0]), 1, 1, ints([0, 1, 1]), ints([0, 1, 1]), y);
      expect(y[0]).toBe(0);
      const dx = floats(new Array<number>(6).fill(7));
      kernels.averagePoolBackward(floats([3, 6]), rows, columns, 2, 3, 1, dx);
      expect([...dx]).toEqual([3, 4.5, 1.5, 3, 4.5, 1.5]);
      kernels.averagePoolBackward(floats([3]), ints([1, 2, 3]), ints([0, 2, 1]), 2, 3, 1, dx);
      expect([...dx]).toEqual([0, 0, 0, 1, 1, 0]);
    });

    // Σ exp: each term has 6 roundings of error at most (see expNegative below), ≤ 17 terms are added, log has 8 more of a
    // value ≤ ln 17: below 50·2⁻⁵³ in all, and one more of the loss itself. Twice that covers Math.exp and Math.log here.
    it.each([2, 3, 10, 17])(
      'softmaxCrossEntropy of %d classes: losses within 1e-14·(1 + loss), gradients to a float32 rounding',
      (classes) => {
        const rows = 5;
        for (const size of [0.1, 5, 50, 400]) {
          const logits = values(rows * classes, classes).map((value) => value * size);
          const targets = Array.from({ length: rows }, (_, r) => r % classes);
          const [losses, dLogits] = [arena.float64(rows), arena.float32(rows * classes)];
          kernels.softmaxCrossEntropy(floats(logits), rows, classes, ints(targets), 0, 1 / 7, losses, dLogits);
          for (let r = 0; r < rows; r++) {
            const row = Array.from(logits.subarray(r * classes, (r + 1) * classes));
            const largest = Math.max(...row);
            const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
            const loss = Math.log(sum) + (largest - row[targets[r]]);
            expect(Math.abs(losses[r] - loss)).toBeLessThanOrEqual(1e-14 * (1 + loss));
            for (const [c, logit] of row.entries()) {
              const expected = (Math.exp(logit - largest) / sum - (c === targets[r] ? 1 : 0)) / 7;
              // p − 1 cancels, which leaves the float64 error of p; 2⁻¹⁵⁰ is half of the least subnormal float32.
              const bound = UNIT * Math.abs(expected) + 1e-14 + 2 ** -150;
              expect(Math.abs(dLogits[r * classes + c] - expected)).toBeLessThanOrEqual(bound);
            }
          }
        }
      },
    );
  },
);
