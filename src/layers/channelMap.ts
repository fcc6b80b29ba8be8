import type { Shard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import { type Activation, type Planner, samplesOf } from './layer.js';

/** What BatchNorm does to the activations of a shard, together with what is fused into it. */
export interface ChannelMap {
  readonly output: Activation;
  /** From the input to the output. */
  normalize(shard: Shard): void;
  /** Σdy and Σdy·(x − center) of each channel. `coefficients` begin with the center. */
  gradientMoments(shard: Shard, coefficients: Float32Array, sums: Float64Array): void;
  /** `mask` as in the kernel batchNormBackward. */
  inputGradient(shard: Shard, coefficients: Float32Array, mask: number): void;
}

/** The map alone, or with a residual that is added to it and a ReLU of that. */
export function plainMap(affine: Float32Array, input: Activation, planner: Planner): ChannelMap {
  const { kernels, activation, inputs, fused } = planner;
  const { relu = false, gradientMasked = false } = fused;
  const residual = fused.residual ? inputs[1] : undefined;
  const floor = relu ? 0 : Number.NEGATIVE_INFINITY;
  const [C] = input.shape;
  const size = sizeOf(input.shape);
  const rowsOf = ({ count }: Shard) => (count * size) / C;
  const of = (array: Float32Array, { first, count }: Shard) => samplesOf(array, size, first, count);
  // A sum passes its gradient on as it is, so the residual's is the output's, once the mask is on it.
  const output = activation(input.shape, {
    overwritable: relu ? 'rectified' : true,
    ...(residual ? { gradient: residual.gradient } : {}),
  });
  return {
    output,
    normalize(shard) {
      const [x, y] = [of(input.data, shard), of(output.data, shard)];
      if (residual) kernels.scaleShiftAdd(x, rowsOf(shard), C, C, affine, of(residual.data, shard), floor, y);
      else kernels.scaleShift(x, rowsOf(shard), C, C, affine, floor, Number.POSITIVE_INFINITY, y);
    },
    gradientMoments(shard, coefficients, sums) {
      const [dy, x] = [of(output.gradient, shard), of(input.data, shard)];
      if (relu && !gradientMasked)
        kernels.rectifiedGradientMoments(
          of(output.data, shard),
          Number.POSITIVE_INFINITY,
          dy,
          x,
          coefficients,
          rowsOf(shard),
          C,
          C,
          sums,
        );
      else kernels.gradientMoments(dy, x, coefficients, rowsOf(shard), C, C, sums);
    },
    inputGradient(shard, coefficients, mask) {
      const [dy, x, dx] = [of(output.gradient, shard), of(input.data, shard), of(input.gradient, shard)];
      kernels.batchNormBackward(dy, x, rowsOf(shard), C, C, coefficients, mask, dx);
    },
  };
}

/** The map with max pooling behind it, as if a shard's images were one, one below the other. */
export function poolingMap(affine: Float32Array, input: Activation, planner: Planner): ChannelMap {
  const { kernels, arena, batchSize, activation } = planner;
  const [C, height, width] = input.shape;
  const output = activation([C, height / 2, width / 2], { overwritable: true });
  const size = sizeOf(input.shape);
  const argmax = arena.int32((batchSize * size) / 4);
  const of = (array: Float32Array, { first, count }: Shard) => samplesOf(array, size, first, count);
  const pooled = <T extends Float32Array | Int32Array>(array: T, { first, count }: Shard) =>
    samplesOf(array, size / 4, first, count);
  return {
    output,
    normalize(shard) {
      const [x, y, places] = [of(input.data, shard), pooled(output.data, shard), pooled(argmax, shard)];
      kernels.scaleShiftMaxPool(x, shard.count * height, width, C, affine, y, places);
    },
    gradientMoments(shard, coefficients, sums) {
      const [dy, places, x] = [pooled(output.gradient, shard), pooled(argmax, shard), of(input.data, shard)];
      kernels.maxPoolGradientMoments(dy, places, x, coefficients, shard.count * height, width, C, sums);
    },
    inputGradient(shard, coefficients, mask) {
      const [dy, places, x] = [pooled(output.gradient, shard), pooled(argmax, shard), of(input.data, shard)];
      const dx = of(input.gradient, shard);
      kernels.maxPoolBatchNormBackward(dy, places, x, shard.count * height, width, C, coefficients, mask, dx);
    },
  };
}
