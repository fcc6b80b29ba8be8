import { describe, expect, it } from '@jest/globals';
import { HARDSWISH, SILU } from '../../src/kernels/activation.js';
import { MOMENTS_SCRATCH } from '../../src/kernels/contract/channels.js';
import type { PoolWindow } from '../../src/kernels/contract/images.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { referenceKernels } from '../../src/kernels/reference/index.js';
import { simdKernels } from '../../src/kernels/simd/index.js';
import { pointStrides, TILE_SCRATCH, type Tiles } from '../../src/kernels/tiles.js';
import { Arena } from '../../src/tensor/arena.js';
import { signs, specialValues, tinyValues, values } from '../support/kernelRoom.js';
import { unequal } from '../support/unequal.js';

const arena = new Arena();
/** Of one sample. */
const oneShard = arena.int32(1).fill(1);
const scratch = arena.float32(MOMENTS_SCRATCH);
const floats = (from: ArrayLike<number>) => {
  const array = arena.float32(from.length);
  array.set(from);
  return array;
};

/** No bounds, those of ReLU, and those of a ReLU that ends early. */
const BOUNDS = [
  [-Infinity, Infinity],
  [0, Infinity],
  [0, 0.5],
] as const;

describe.each<Kernels>([referenceKernels, simdKernels(arena.memory), simdKernels(arena.memory, 'wide')])(
  'fused $name kernels',
  (kernels) => {
    it.each([values, specialValues, tinyValues])(
      'bounds and a residual give the bits of relu, relu6 and add behind scaleShift, %#',
      (fill) => {
        const { fround } = Math;
        const [rows, columns] = [5, 21];
        const size = rows * columns;
        const [x, residual] = [floats(fill(size, 1)), floats(fill(size, 5))];
        const affine = floats([...signs(columns, 2), ...signs(columns, 3), ...fill(columns, 4)]);
        const [y, sum, found] = [arena.float32(size), arena.float32(size), arena.float32(size)];
        kernels.scaleShift(x, rows, columns, columns, affine, -Infinity, Infinity, y);
        for (const [i, value] of y.entries()) {
          const c = i % columns;
          const product = fround(fround(x[i] - affine[c]) * affine[columns + c]);
          expect(value).toBe(fround(product + affine[2 * columns + c]));
        }
        kernels.add(y, residual, sum);
        kernels.scaleShiftAdd(x, rows, columns, columns, affine, residual, -Infinity, found);
        expect(unequal(found, sum)).toEqual([]);
        kernels.scaleShiftAdd(x, rows, columns, columns, affine, residual, 0, found);
        kernels.relu(sum, sum);
        expect(unequal(found, sum)).toEqual([]);
        kernels.scaleShift(x, rows, columns, columns, affine, 0, Infinity, found);
        kernels.relu(y, sum);
        expect(unequal(found, sum)).toEqual([]);
        kernels.scaleShift(x, rows, columns, columns, affine, 0, 6, found);
        kernels.relu6(y, y);
        expect(unequal(found, y)).toEqual([]);
      },
    );

    it.each([values, specialValues, signs])(
      'rectifiedGradientMoments gives the bits of reluBackward or relu6Backward and gradientMoments, %#',
      (fill) => {
        const [rows, columns] = [37, 21];
        for (const [ceiling, backward] of [
          [Infinity, kernels.reluBackward],
          [6, kernels.relu6Backward],
        ] as const) {
          const [y, dy, x] = [1, 2, 3].map((stream) => floats(fill(rows * columns, stream).map((value) => 4 * value)));
          const [center, dx] = [floats(signs(columns, 4)), arena.float32(rows * columns)];
          const [sums, found] = [arena.float64(2 * columns), arena.float64(2 * columns)];
          backward(y, dy, dx);
          kernels.gradientMoments(dx, x, center, oneShard, rows, columns, columns, sums, scratch);
          kernels.rectifiedGradientMoments(y, ceiling, dy, x, center, oneShard, rows, columns, columns, found, scratch);
          expect([unequal(dy, dx), unequal(found, sums)]).toEqual([[], []]);
        }
      },
    );

    it.each([values, specialValues, signs])(
      'scaleShiftActivation and activationGradientMoments give the bits of silu, hardswish and their gradients, %#',
      (fill) => {
        const [rows, columns] = [37, 21];
        const size = rows * columns;
        for (const [activation, value, gradient] of [
          [SILU, kernels.silu, kernels.siluBackward],
          [HARDSWISH, kernels.hardswish, kernels.hardswishBackward],
        ] as const) {
          const [dy, x] = [1, 2].map((stream) => floats(fill(size, stream).map((value) => 2 * value)));
          const affine = floats([...values(columns, 3), ...values(columns, 4), ...values(columns, 5)]);
          const [z, y, dz, found] = [1, 2, 3, 4].map(() => arena.float32(size));
          kernels.scaleShift(x, rows, columns, columns, affine, -Infinity, Infinity, z);
          value(z, y);
          kernels.scaleShiftActivation(x, rows, columns, columns, affine, activation, found);
          expect(unequal(found, y)).toEqual([]);
          const [sums, foundSums] = [arena.float64(2 * columns), arena.float64(2 * columns)];
          gradient(z, dy, dz);
          kernels.gradientMoments(dz, x, affine, oneShard, rows, columns, columns, sums, scratch);
          kernels.activationGradientMoments(
            affine,
            activation,
            dy,
            x,
            oneShard,
            rows,
            columns,
            columns,
            foundSums,
            scratch,
          );
          expect([unequal(dy, dz), unequal(foundSums, sums)]).toEqual([[], []]);
        }
      },
    );

    it.each([values, specialValues])(
      'winogradOutput’s affine map and its bounds give the bits of scaleShift, %#',
      (fill) => {
        const tiles: Tiles = {
          height: 6,
          width: 9,
          channels: 8,
          pixelStride: 8,
          top: 0,
          left: 0,
          tileHeight: 4,
          tileWidth: 4,
          count: 3,
          stride: 1,
        };
        const strides = pointStrides(3, 8);
        const [points, affine] = [floats(fill(36 * strides.pointStride)), floats(fill(24, 1))];
        const scratch = arena.float32(TILE_SCRATCH);
        const output = (map: Float32Array | undefined, floor: number, ceiling: number) => {
          const image = arena.float32(6 * 9 * 8);
          kernels.winogradOutput(points, strides, tiles, undefined, 0, map, floor, ceiling, image, scratch);
          return image;
        };
        for (const [floor, ceiling] of BOUNDS) {
          const expected = output(undefined, floor, ceiling);
          kernels.scaleShift(expected, 36, 8, 8, affine, floor, ceiling, expected);
          expect(unequal(output(affine, floor, ceiling), expected)).toEqual([]);
        }
      },
    );

    it.each([values, specialValues, signs])(
      'BatchNorm with pooling gives the bits of the kernels it stands for, %#',
      (fill) => {
        const window: PoolWindow = {
          height: 6,
          width: 10,
          channels: 16,
          kernelHeight: 2,
          kernelWidth: 2,
          strideHeight: 2,
          strideWidth: 2,
          paddingHeight: 0,
          paddingWidth: 0,
          dilationHeight: 1,
          dilationWidth: 1,
          outputHeight: 3,
          outputWidth: 5,
        };
        const { height, width, channels } = window;
        const [rows, size] = [height * width, height * width * channels];
        const x = floats(fill(size, 1).map((value) => Math.round(4 * value) / 4));
        const [affine, dy] = [floats(values(3 * channels, 2)), floats(fill(size / 4, 4))];
        const coefficients = floats(signs(4 * channels, 5));

        const [normalized, y, places] = [arena.float32(size), arena.float32(size / 4), arena.int32(size / 4)];
        kernels.scaleShift(x, rows, channels, channels, affine, -Infinity, Infinity, normalized);
        kernels.maxPool(normalized, window, y, places);
        const [fusedY, fusedPlaces] = [arena.float32(size / 4), arena.int32(size / 4)];
        kernels.scaleShiftMaxPool(x, height, width, channels, channels, affine, fusedY, fusedPlaces);
        expect(new Set(places).size).toBe(4);
        expect([unequal(fusedY, y), unequal(fusedPlaces, places)]).toEqual([[], []]);

        const [gradient, sums, fusedSums] = [arena.float32(size), arena.float64(32), arena.float64(32)];
        kernels.maxPoolBackward(dy, places, window, gradient);
        kernels.gradientMoments(gradient, x, coefficients, oneShard, rows, channels, channels, sums, scratch);
        kernels.maxPoolGradientMoments(
          dy,
          places,
          x,
          coefficients,
          oneShard,
          height,
          width,
          channels,
          channels,
          fusedSums,
          scratch,
        );
        expect(unequal(fusedSums, sums)).toEqual([]);

        for (const mask of [0, 1.5]) {
          const [dx, fusedDx] = [arena.float32(size), arena.float32(size)];
          kernels.batchNormBackward(gradient, x, rows, channels, channels, coefficients, mask, dx);
          kernels.maxPoolBatchNormBackward(
            dy,
            places,
            x,
            height,
            width,
            channels,
            channels,
            coefficients,
            mask,
            fusedDx,
          );
          expect(unequal(fusedDx, dx)).toEqual([]);
        }
      },
    );
  },
);
