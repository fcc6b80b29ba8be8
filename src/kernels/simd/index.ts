import type { ArenaMemory } from '../../tensor/arena.js';
import type { Kernels, Patches, PoolWindow } from '../kernels.js';
import bytes from './simd.wasm';

/** What assembly/index.ts exports: numbers alone, pointers and strides in bytes. */
type Exports = Record<Exclude<keyof Kernels, 'name'>, (...numbers: number[]) => void>;

/** Whether this engine runs the SIMD kernels: it needs WebAssembly with vectors, threads and bulk memory. */
export const simdSupported = () => typeof WebAssembly === 'object' && WebAssembly.validate(bytes);

/** The kernels on 128-bit vectors. Every array they are given must be a view of `memory`. */
export function simdKernels(memory: ArenaMemory): Kernels {
  const env = { memory: memory as unknown as WebAssembly.Memory };
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
  const wasm = instance.exports as unknown as Exports;
  const { fround } = Math;
  return {
    name: 'simd',
    packPanels: (source, rows, columns, rowStride, columnStride, panels, row, depth) =>
      wasm.packPanels(source.byteOffset, rows, columns, 4 * rowStride, 4 * columnStride, panels.byteOffset, row, depth),
    gemm: (a, patches, panels, bias, output, columns, outputStride) =>
      wasm.gemm(
        a.byteOffset,
        ...patchArguments(patches),
        panels.byteOffset,
        bias ? bias.byteOffset : 0,
        output.byteOffset,
        columns,
        4 * outputStride,
      ),
    gemmTransposed: (a, patches, panels, packed, output, columns, outputStride, accumulate) =>
      wasm.gemmTransposed(
        a.byteOffset,
        ...patchArguments(patches),
        panels.byteOffset,
        packed.byteOffset,
        output.byteOffset,
        columns,
        4 * outputStride,
        Number(accumulate),
      ),
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
    columnSums: (source, rows, columns, output) => wasm.columnSums(source.byteOffset, rows, columns, output.byteOffset),
    columnMoments: (x, y, rows, columns, sums) =>
      wasm.columnMoments(x.byteOffset, y.byteOffset, rows, columns, sums.byteOffset),
    scaleShift: (x, rows, columns, scale, shift, y) =>
      wasm.scaleShift(x.byteOffset, rows, columns, scale.byteOffset, shift.byteOffset, y.byteOffset),
    batchNormBackward: (dy, x, rows, columns, coefficients, dx) =>
      wasm.batchNormBackward(dy.byteOffset, x.byteOffset, rows, columns, coefficients.byteOffset, dx.byteOffset),
    relu: (x, y) => wasm.relu(x.byteOffset, x.length, y.byteOffset),
    reluBackward: (y, dy, dx) => wasm.reluBackward(y.byteOffset, y.length, dy.byteOffset, dx.byteOffset),
    dropout: (x, y, key, threshold, scale) =>
      wasm.dropout(x.byteOffset, x.length, y.byteOffset, key[0], key[1], threshold, scale),
    maxPool: (x, window, y, argmax) =>
      wasm.maxPool(x.byteOffset, ...poolArguments(window), y.byteOffset, argmax.byteOffset),
    maxPoolBackward: (dy, argmax, window, dx) =>
      wasm.maxPoolBackward(dy.byteOffset, argmax.byteOffset, window.height, ...poolArguments(window), dx.byteOffset),
    softmaxCrossEntropy: (logits, rows, classes, targets, gradientScale, losses, dLogits) =>
      wasm.softmaxCrossEntropy(
        logits.byteOffset,
        rows,
        classes,
        targets.byteOffset,
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
