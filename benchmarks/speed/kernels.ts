import { Bench } from 'tinybench';
import { MOMENTS_SCRATCH } from '../../src/kernels/contract/channels.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { matrix, type Patches, panelSize } from '../../src/kernels/patches.js';
import { referenceKernels } from '../../src/kernels/reference/index.js';
import { simdKernels } from '../../src/kernels/simd/index.js';
import { APART, pointStrides, type TileCounts } from '../../src/kernels/tiles.js';
import { resolveKernels } from '../../src/parallel/resolveKernels.js';
import { Arena } from '../../src/tensor/arena.js';
import { hash } from '../../src/tensor/random.js';

// GFLOP/s of the network's products and GB/s of what is bound by memory, on one thread, for the fastest kernel set of this
// Node and for reference; a product that is slower than its floor is marked. Every kernel's output is compared to the bit between the sets before anything is timed.

/** GFLOP/s that a core of the machine in the README reaches in each of the network's products, if nothing else runs on it. */
const floors: Partial<Record<Kernels['name'], number>> = { simd: 35, wide: 55 };

const arena = new Arena();
/** Of one sample. */
const oneShard = arena.int32(1).fill(1);
const sets: readonly Kernels[] = [
  simdKernels(arena.memory, resolveKernels('auto') === 'wide' ? 'wide' : 'simd'),
  referenceKernels,
];

interface Work {
  readonly name: string;
  readonly output: Float32Array;
  /** Operations, or bytes read and written, of one run. */
  readonly amount: number;
  readonly unit: 'GFLOP/s' | 'GB/s';
  run(kernels: Kernels): void;
}

const random = (length: number) => arena.float32(length).map((_, i) => hash([length, 1], i) / 2 ** 31 - 1);

function filled(length: number): Float32Array {
  const array = arena.float32(length);
  array.set(random(length));
  return array;
}

function product(name: string, patches: Patches, columns: number): Work {
  const [rows, depth] = [patches.lines * patches.perLine, patches.runs * patches.runLength];
  const a = filled(patches.lines * patches.lineStride + patches.perLine * patches.stepStride + 4 * patches.runStride);
  const [panels, bias, output] = [filled(panelSize(depth, columns)), filled(columns), arena.float32(rows * columns)];
  return {
    name,
    output,
    amount: 2 * rows * depth * columns,
    unit: 'GFLOP/s',
    run: (kernels) => kernels.gemm(a, patches, panels, bias, output, columns, columns),
  };
}

function transposedProduct(name: string, patches: Patches, columns: number): Work {
  const [rows, depth] = [patches.lines * patches.perLine, patches.runs * patches.runLength];
  const a = filled(patches.lines * patches.lineStride + patches.perLine * patches.stepStride + 4 * patches.runStride);
  const [panels, packed] = [filled(panelSize(rows, columns)), arena.float32(4 * rows)];
  const output = arena.float32(depth * columns);
  return {
    name,
    output,
    amount: 2 * rows * depth * columns,
    unit: 'GFLOP/s',
    run: (kernels) => kernels.gemmTransposed(a, patches, panels, packed, output, columns, columns, false),
  };
}

/** The products of the 36 points of a block of images. */
function winogradProduct(name: string, tiles: TileCounts, depth: number, columns: number): Work {
  const all = tiles.right + tiles.body + tiles.bottom + tiles.corner;
  const strides = (channels: number) => pointStrides(all, channels);
  const points = filled(36 * strides(depth).pointStride);
  const weights = filled(36 * (depth * columns + APART));
  const output = arena.float32(36 * strides(columns).pointStride);
  const rows = 36 * tiles.body + 24 * (tiles.right + tiles.bottom) + 16 * tiles.corner;
  return {
    name,
    output,
    amount: 2 * rows * depth * columns,
    unit: 'GFLOP/s',
    run: (kernels) =>
      kernels.winogradProducts(
        points,
        strides(depth),
        tiles,
        depth,
        weights,
        depth * columns + APART,
        output,
        strides(columns),
        columns,
        false,
      ),
  };
}

function winogradWeightProduct(name: string, tiles: TileCounts, depth: number, columns: number): Work {
  const all = tiles.right + tiles.body + tiles.bottom + tiles.corner;
  const strides = (channels: number) => pointStrides(all, channels);
  const [points, upstream] = [filled(36 * strides(depth).pointStride), filled(36 * strides(columns).pointStride)];
  const output = arena.float32(36 * (depth * columns + APART));
  const rows = 36 * tiles.body + 24 * (tiles.right + tiles.bottom) + 16 * tiles.corner;
  return {
    name,
    output,
    amount: 2 * rows * depth * columns,
    unit: 'GFLOP/s',
    run: (kernels) =>
      kernels.winogradWeightProducts(
        points,
        strides(depth),
        upstream,
        strides(columns),
        tiles,
        depth,
        columns,
        output,
        depth * columns + APART,
        false,
      ),
  };
}

/** The im2col matrix of a 3×3 convolution with padding 1 on one image of this size. */
const convolution = (size: number, channels: number): Patches => ({
  lines: size,
  perLine: size,
  lineStride: (size + 2) * channels,
  stepStride: channels,
  runs: 3,
  runLength: 3 * channels,
  runStride: (size + 2) * channels,
});

/** The pooling of 2×2 pixels on an image of 28×28. */
const pooling = {
  height: 28,
  width: 28,
  channels: 64,
  outputHeight: 14,
  outputWidth: 14,
  kernelHeight: 2,
  kernelWidth: 2,
  strideHeight: 2,
  strideWidth: 2,
  paddingHeight: 0,
  paddingWidth: 0,
  dilationHeight: 1,
  dilationWidth: 1,
};

function elementwise(): Work[] {
  const [rows, columns] = [784, 64];
  const length = rows * columns;
  const [x, y, output] = [filled(length), filled(length), arena.float32(length)];
  const [affine, coefficients] = [filled(3 * columns), filled(4 * columns)];
  const [sums, scratch] = [arena.float64(2 * columns), arena.float32(MOMENTS_SCRATCH)];
  const place = arena.int32(length / 4);
  const halves = arena.int32(3 * 14);
  for (let i = 0; i < 14; i++) halves.set([2 * i, 2 * i + 2, 2], 3 * i);
  const work = (name: string, floats: number, run: Work['run']): Work => ({
    name,
    output,
    amount: 4 * floats,
    unit: 'GB/s',
    run,
  });
  return [
    work('scaleShift', 2 * length, (k) => k.scaleShift(x, rows, columns, columns, affine, -Infinity, Infinity, output)),
    work('columnMoments', length, (k) => {
      k.columnMoments(x, oneShard, rows, columns, columns, sums, scratch);
      output.set(sums);
    }),
    work('gradientMoments', 2 * length, (k) => {
      k.gradientMoments(y, x, coefficients, oneShard, rows, columns, columns, sums, scratch);
      output.set(sums);
    }),
    work('batchNormBackward', 3 * length, (k) =>
      k.batchNormBackward(x, y, rows, columns, columns, coefficients, 1, output),
    ),
    work('relu', 2 * length, (k) => k.relu(x, output)),
    work('dropout', 2 * length, (k) => k.dropout(x, output, [1, 2], 2 ** 31, 2)),
    work('maxPool', 1.5 * length, (k) => k.maxPool(x, pooling, output, place)),
    work('averagePool', 1.25 * length, (k) => k.averagePool(x, 28, 64, halves, halves, output)),
    work('averagePoolBackward', 1.25 * length, (k) => k.averagePoolBackward(y, halves, halves, 28, 28, 64, output)),
    work('scaleShiftMaxPool', 1.5 * length, (k) => k.scaleShiftMaxPool(x, 28, 28, 64, 64, affine, output, place)),
    work('maxPoolGradientMoments', 1.5 * length, (k) => {
      k.maxPoolGradientMoments(y, place, x, coefficients, oneShard, 28, 28, 64, 64, sums, scratch);
      output.set(sums);
    }),
    work('maxPoolBatchNormBackward', 2.5 * length, (k) =>
      k.maxPoolBatchNormBackward(y, place, x, 28, 28, 64, 64, coefficients, 1, output),
    ),
  ];
}

// One image of 28×28, and three of 14×14, which leave two rows and columns.
const tiles28: TileCounts = { right: 0, body: 49, bottom: 0, corner: 0, stride: 1 };
const tiles14: TileCounts = { right: 9, body: 27, bottom: 9, corner: 3, stride: 1 };

const works: Work[] = [
  product('Conv2d 28×28, 1→64, forward', convolution(28, 1), 64),
  transposedProduct('Conv2d 28×28, 1→64, weight gradient', convolution(28, 1), 64),
  winogradProduct('Winograd 28×28, 64→64, output or input gradient', tiles28, 64, 64),
  winogradProduct('Winograd 14×14, 64→128, output', tiles14, 64, 128),
  winogradProduct('Winograd 14×14, 128→64, input gradient', tiles14, 128, 64),
  winogradProduct('Winograd 14×14, 128→128, output or input gradient', tiles14, 128, 128),
  winogradWeightProduct('Winograd 28×28, 64→64, weight gradient', tiles28, 64, 64),
  winogradWeightProduct('Winograd 14×14, 64→128, weight gradient', tiles14, 64, 128),
  winogradWeightProduct('Winograd 14×14, 128→128, weight gradient', tiles14, 128, 128),
  product('im2col 28×28, 64→64, forward', convolution(28, 64), 64),
  transposedProduct('im2col 28×28, 64→64, weight gradient', convolution(28, 64), 64),
  product('Linear 6272→640, batch 100, forward, 16 columns', matrix(100, 6272), 16),
  product('Linear 6272→640, batch 100, input gradient, 64 columns', matrix(100, 640), 64),
  transposedProduct('Linear 6272→640, batch 100, weight gradient, 64 columns', matrix(100, 640), 64),
  ...elementwise(),
];

for (const { name, output, run } of works) {
  const [simd, reference] = sets.map((kernels) => {
    output.fill(0);
    run(kernels);
    return new Uint32Array(output.slice().buffer);
  });
  if (!simd.every((bits, i) => bits === reference[i])) throw new Error(`${name}: simd and reference differ`);
}

console.log(`Node ${process.version}, one thread; medians\n`);
for (const kernels of sets) {
  for (const { name, amount, unit, run } of works) {
    const bench = new Bench({ time: 500, iterations: 3, warmupTime: 200, warmupIterations: 2 });
    bench.add(name, () => run(kernels));
    const [{ result }] = await bench.run();
    if (result.state !== 'completed') throw new Error(`${name} did not finish: ${result.state}`);
    const rate = amount / (result.latency.p50 * 1e6);
    const floor = unit === 'GFLOP/s' ? floors[kernels.name] : undefined;
    const mark = floor && rate < floor ? `  below ${floor}` : '';
    console.log(`${kernels.name.padEnd(9)}  ${name.padEnd(55)}  ${rate.toFixed(1).padStart(6)} ${unit}${mark}`);
  }
}
