import { inflateSync } from 'fflate';
import type { ArenaMemory } from '../../tensor/arena.js';
import type { Kernels } from '../kernels.js';
import type { Patches } from '../patches.js';
import type { PoolWindow } from '../poolWindow.js';
import type { PointStrides, TileCounts, Tiles } from '../tiles.js';
import relaxedBinary from './relaxed.wasm.deflate';
import simdBinary from './simd.wasm.deflate';

/** What assembly/index.ts exports: numbers alone, pointers and strides in bytes. */
type Exports = Record<
  Exclude<keyof Kernels, 'name'> | 'gemmWide' | 'gemmTransposedWide',
  (...numbers: number[]) => void
>;

/** The tiers of the SIMD kernels; see kernelChoices. */
export type SimdTier = 'simd' | 'wide' | 'relaxed';

const binaries = new Map<SimdTier, Uint8Array<ArrayBuffer>>();

function binaryOf(tier: SimdTier): Uint8Array<ArrayBuffer> {
  const known = binaries.get(tier);
  if (known) return known;
  const plain = inflateSync(tier === 'relaxed' ? relaxedBinary : simdBinary);
  // Wide is simd with an empty custom section "w" behind it: an engine that keeps compiled code by its bytes, as V8 does,
  // must compile it anew once it has been told to fuse vectors.
  const binary = new Uint8Array(tier === 'wide' ? [...plain, 0, 2, 1, 'w'.charCodeAt(0)] : plain);
  binaries.set(tier, binary);
  return binary;
}

/** Whether this engine runs them: it needs WebAssembly with vectors, threads and bulk memory, and relaxed vectors. */
export const simdSupported = (tier: SimdTier) =>
  typeof WebAssembly === 'object' && WebAssembly.validate(binaryOf(tier));

/** The kernels on 128-bit vectors. Every array they are given must be a view of `memory`. */
export function simdKernels(memory: ArenaMemory, tier: SimdTier = 'simd'): Kernels {
  const env = { memory: memory as unknown as WebAssembly.Memory };
  // Other tiles are faster where the engine makes 256-bit vectors of pairs.
  const wide = tier === 'wide';
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binaryOf(tier)), { env });
  const wasm = instance.exports as unknown as Exports;
  const { fround } = Math;
  return {
    name: tier,
    packPanels: (source, rows, columns, rowStride, columnStride, panels, row, depth) =>
      wasm.packPanels(source.byteOffset, rows, columns, 4 * rowStride, 4 * columnStride, panels.byteOffset, row, depth),
    gemm: (a, patches, panels, bias, output, columns, outputStride) =>
      wasm[wide ? 'gemmWide' : 'gemm'](
        a.byteOffset,
        ...patchArguments(patches),
        panels.byteOffset,
        bias ? bias.byteOffset : 0,
        output.byteOffset,
        columns,
        4 * outputStride,
      ),
    gemmTransposed: (a, patches, panels, packed, output, columns, outputStride, accumulate) =>
      wasm[wide ? 'gemmTransposedWide' : 'gemmTransposed'](
        a.byteOffset,
        ...patchArguments(patches),
        panels.byteOffset,
        packed.byteOffset,
        output.byteOffset,
        columns,
        4 * outputStride,
        Number(accumulate),
      ),
    winogradProducts: (points, strides, tiles, depth, weights, weightStride, output, outputStrides, columns) =>
      wasm.winogradProducts(
        ...[points.byteOffset, ...strideArguments(strides), ...countArguments(tiles), depth],
        ...[weights.byteOffset, 4 * weightStride, output.byteOffset, ...strideArguments(outputStrides), columns],
        Number(wide),
      ),
    winogradWeightProducts: (
      points,
      strides,
      upstream,
      upstreamStrides,
      tiles,
      depth,
      columns,
      gradient,
      stride,
      add,
    ) =>
      wasm.winogradWeightProducts(
        ...[points.byteOffset, ...strideArguments(strides), upstream.byteOffset, ...strideArguments(upstreamStrides)],
        ...[...countArguments(tiles), depth, columns, gradient.byteOffset, 4 * stride, Number(add), Number(wide)],
      ),
    winogradInput: (image, tiles, points, strides, scratch) =>
      wasm.winogradInput(
        image.byteOffset,
        ...tileArguments(tiles),
        points.byteOffset,
        ...strideArguments(strides),
        scratch.byteOffset,
      ),
    winogradOutput: (points, strides, tiles, bias, floor, affine, affineFloor, image, scratch) =>
      wasm.winogradOutput(
        points.byteOffset,
        ...strideArguments(strides),
        ...tileArguments(tiles),
        bias ? bias.byteOffset : 0,
        floor,
        affine ? affine.byteOffset : 0,
        affineFloor,
        image.byteOffset,
        scratch.byteOffset,
      ),
    winogradOutputGradient: (image, tiles, points, strides, scratch) =>
      wasm.winogradOutputGradient(
        image.byteOffset,
        ...tileArguments(tiles),
        points.byteOffset,
        ...strideArguments(strides),
        scratch.byteOffset,
      ),
    winogradInputGradient: (points, strides, tiles, image, scratch) =>
      wasm.winogradInputGradient(
        points.byteOffset,
        ...strideArguments(strides),
        ...tileArguments(tiles),
        image.byteOffset,
        scratch.byteOffset,
      ),
    winogradWeights: (weight, tapStride, rows, rowStride, panel, pointStride, scratch) =>
      wasm.winogradWeights(
        ...[weight.byteOffset, 4 * tapStride, rows, 4 * rowStride],
        ...[panel.byteOffset, 4 * pointStride, scratch.byteOffset],
      ),
    winogradWeightGradient: (points, pointStride, count, gradient, scratch) =>
      wasm.winogradWeightGradient(points.byteOffset, 4 * pointStride, count, gradient.byteOffset, scratch.byteOffset),
    padImage: (source, height, width, channels, target, targetHeight, targetWidth, top, left, spacingY, spacingX) =>
      wasm.padImage(
        source.byteOffset,
        height,
        width,
        channels,
        target.byteOffset,
        targetHeight,
        targetWidth,
        top,
        left,
        spacingY,
        spacingX,
      ),
    transpose: (source, rows, columns, target) => wasm.transpose(source.byteOffset, rows, columns, target.byteOffset),
    columnSums: (source, rows, columns, stride, output, accumulate) =>
      wasm.columnSums(source.byteOffset, rows, columns, 4 * stride, output.byteOffset, Number(accumulate)),
    columnMoments: (x, rows, columns, sums) => wasm.columnMoments(x.byteOffset, rows, columns, sums.byteOffset),
    gradientMoments: (dy, x, center, rows, columns, sums) =>
      wasm.gradientMoments(dy.byteOffset, x.byteOffset, center.byteOffset, rows, columns, sums.byteOffset),
    rectifiedGradientMoments: (y, dy, x, center, rows, columns, sums) =>
      wasm.rectifiedGradientMoments(
        y.byteOffset,
        dy.byteOffset,
        x.byteOffset,
        center.byteOffset,
        rows,
        columns,
        sums.byteOffset,
      ),
    scaleShift: (x, rows, columns, affine, floor, y) =>
      wasm.scaleShift(x.byteOffset, rows, columns, affine.byteOffset, floor, y.byteOffset),
    scaleShiftAdd: (x, rows, columns, affine, residual, floor, y) =>
      wasm.scaleShiftAdd(x.byteOffset, rows, columns, affine.byteOffset, residual.byteOffset, floor, y.byteOffset),
    batchNormBackward: (dy, x, rows, columns, coefficients, mask, dx) =>
      wasm.batchNormBackward(dy.byteOffset, x.byteOffset, rows, columns, coefficients.byteOffset, mask, dx.byteOffset),
    add: (a, b, y) => wasm.add(a.byteOffset, a.length, b.byteOffset, y.byteOffset),
    addRelu: (a, b, y) => wasm.addRelu(a.byteOffset, a.length, b.byteOffset, y.byteOffset),
    multiply: (a, b, y) => wasm.multiply(a.byteOffset, a.length, b.byteOffset, y.byteOffset),
    relu: (x, y) => wasm.relu(x.byteOffset, x.length, y.byteOffset),
    reluBackward: (y, dy, dx) => wasm.reluBackward(y.byteOffset, y.length, dy.byteOffset, dx.byteOffset),
    dropout: (x, y, key, threshold, scale) =>
      wasm.dropout(x.byteOffset, x.length, y.byteOffset, key[0], key[1], threshold, scale),
    maxPool: (x, window, y, argmax) =>
      wasm.maxPool(x.byteOffset, ...poolArguments(window), y.byteOffset, argmax.byteOffset),
    maxPoolBackward: (dy, argmax, window, dx) =>
      wasm.maxPoolBackward(dy.byteOffset, argmax.byteOffset, window.height, ...poolArguments(window), dx.byteOffset),
    scaleShiftMaxPool: (x, height, width, channels, affine, y, argmax) =>
      wasm.scaleShiftMaxPool(x.byteOffset, height, width, channels, affine.byteOffset, y.byteOffset, argmax.byteOffset),
    maxPoolGradientMoments: (dy, argmax, x, center, height, width, channels, sums) =>
      wasm.maxPoolGradientMoments(
        dy.byteOffset,
        argmax.byteOffset,
        x.byteOffset,
        center.byteOffset,
        height,
        width,
        channels,
        sums.byteOffset,
      ),
    maxPoolBatchNormBackward: (dy, argmax, x, height, width, channels, coefficients, mask, dx) =>
      wasm.maxPoolBatchNormBackward(
        ...[dy.byteOffset, argmax.byteOffset, x.byteOffset, height, width, channels],
        ...[coefficients.byteOffset, mask, dx.byteOffset],
      ),
    softmaxCrossEntropy: (logits, rows, classes, targets, labelSmoothing, gradientScale, losses, dLogits) =>
      wasm.softmaxCrossEntropy(
        logits.byteOffset,
        rows,
        classes,
        targets.byteOffset,
        labelSmoothing,
        gradientScale,
        losses.byteOffset,
        dLogits.byteOffset,
      ),
    sumSlots: (slots, count, stride, output) =>
      wasm.sumSlots(slots.byteOffset, count, 4 * stride, output.byteOffset, output.length),
    sgd: (parameter, gradient, momentumBuffer, update) =>
      wasm.sgd(
        parameter.byteOffset,
        parameter.length,
        gradient.byteOffset,
        momentumBuffer ? momentumBuffer.byteOffset : 0,
        fround(update.learningRate),
        fround(update.momentum),
        fround(1 - update.dampening),
        fround(update.weightDecay),
        Number(update.nesterov),
        Number(update.first),
      ),
    sumSquares: (x, sums) => wasm.sumSquares(x.byteOffset, x.length, sums.byteOffset),
    scale: (x, factor) => wasm.scale(x.byteOffset, x.length, fround(factor)),
    average: (value, share, average) => wasm.average(value.byteOffset, value.length, fround(share), average.byteOffset),
    adam: (parameter, gradient, expAvg, expAvgSq, update) =>
      wasm.adam(
        ...[parameter.byteOffset, parameter.length, gradient.byteOffset, expAvg.byteOffset, expAvgSq.byteOffset],
        ...[update.beta1, 1 - update.beta1, update.beta2, 1 - update.beta2, update.eps].map(fround),
        ...[update.stepSize, update.correction, update.weightDecay, update.keep].map(fround),
      ),
  };
}

const patchArguments = (patches: Patches) => [
  patches.lines,
  patches.perLine,
  4 * patches.lineStride,
  4 * patches.stepStride,
  patches.runs,
  patches.runLength,
  4 * patches.runStride,
];

const tileArguments = (tiles: Tiles) => [
  tiles.height,
  tiles.width,
  tiles.channels,
  tiles.top,
  tiles.left,
  tiles.tileHeight,
  tiles.tileWidth,
  tiles.count,
];

const countArguments = ({ right, body, bottom, corner }: TileCounts) => [right, body, bottom, corner];

const strideArguments = ({ pointStride, blockStride }: PointStrides) => [4 * pointStride, 4 * blockStride];

const poolArguments = (window: PoolWindow) => [
  window.width,
  window.channels,
  window.kernelHeight,
  window.kernelWidth,
  window.strideHeight,
  window.strideWidth,
  window.outputHeight,
  window.outputWidth,
];
