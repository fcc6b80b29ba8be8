import { ownSamples } from '../program/ownPart.js';
import type { ChannelBlock, Pass, Shard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import type { Activation, Planner } from './layer.js';
import { boundsOf } from './relu.js';

/** A piece of a batch: all channels of some samples, or some channels of all samples of this machine. */
export interface Piece {
  readonly samples: { readonly first: number; readonly count: number };
  readonly channels: ChannelBlock;
}

export const pieceOfShard = ({ first, count }: Shard, channels: number): Piece => ({
  samples: { first, count },
  channels: { first: 0, count: channels },
});

export const pieceOfChannels = (channels: ChannelBlock, pass: Pass): Piece => ({ samples: ownSamples(pass), channels });

/** Of samples of so many elements, from the first of a piece's numbers on. */
export const piecesOf = <T extends Float32Array | Int32Array>(array: T, size: number, { samples, channels }: Piece) =>
  array.subarray(samples.first * size + channels.first, (samples.first + samples.count) * size) as T;

/** What BatchNorm does to a piece of the activations, together with what is fused into it. */
export interface ChannelMap {
  readonly output: Activation;
  /** From the input to the output. */
  normalize(piece: Piece): void;
  /** Σdy and Σdy·(x − center) of each channel, of the shards of a piece. `coefficients` begin with the center.
   * @param shards how many samples they have, one behind the other
   * @param sums as the kernel gradientMoments gives them */
  gradientMoments(
    piece: Piece,
    shards: Int32Array,
    coefficients: Float32Array,
    sums: Float64Array,
    scratch: Float32Array,
  ): void;
  /** `mask` as in the kernel batchNormBackward. */
  inputGradient(piece: Piece, coefficients: Float32Array, mask: number): void;
}

/** The map alone, or with ReLU6 behind it, or with a residual that is added to it and a ReLU of that. */
export function plainMap(affine: Float32Array, input: Activation, planner: Planner): ChannelMap {
  const { kernels, activation, inputs, fused } = planner;
  const { floor, ceiling } = boundsOf(fused);
  const residual = fused.residual ? inputs[1] : undefined;
  const [C] = input.shape;
  const size = sizeOf(input.shape);
  const pixels = size / C;
  const rowsOf = ({ samples }: Piece) => samples.count * pixels;
  const of = (array: Float32Array, piece: Piece) => piecesOf(array, size, piece);
  // A sum passes its gradient on as it is, so the residual's is the output's, once the mask is on it.
  const output = activation(input.shape, {
    overwritable: ceiling < Number.POSITIVE_INFINITY ? false : floor === 0 ? 'rectified' : true,
    ...(residual ? { gradient: residual.gradient } : {}),
  });
  return {
    output,
    normalize(piece) {
      const [x, y, rows, { first, count }] = [
        of(input.data, piece),
        of(output.data, piece),
        rowsOf(piece),
        piece.channels,
      ];
      const map = affine.subarray(first);
      if (residual) kernels.scaleShiftAdd(x, rows, count, C, map, of(residual.data, piece), floor, y);
      else kernels.scaleShift(x, rows, count, C, map, floor, ceiling, y);
    },
    gradientMoments(piece, shards, coefficients, sums, scratch) {
      const [dy, x, y] = [output.gradient, input.data, output.data].map((array) => of(array, piece));
      const { first, count } = piece.channels;
      const center = coefficients.subarray(first);
      if (floor === 0 && !fused.gradientMasked)
        kernels.rectifiedGradientMoments(y, ceiling, dy, x, center, shards, pixels, count, C, sums, scratch);
      else kernels.gradientMoments(dy, x, center, shards, pixels, count, C, sums, scratch);
    },
    inputGradient(piece, coefficients, mask) {
      const [dy, x, dx] = [output.gradient, input.data, input.gradient].map((array) => of(array, piece));
      const { first, count } = piece.channels;
      kernels.batchNormBackward(dy, x, rowsOf(piece), count, C, coefficients.subarray(first), mask, dx);
    },
  };
}

/** The map with max pooling behind it, as if a piece's images were one, one below the other. */
export function poolingMap(affine: Float32Array, input: Activation, planner: Planner): ChannelMap {
  const { kernels, arena, batchSize, activation } = planner;
  const [C, height, width] = input.shape;
  const output = activation([C, height / 2, width / 2], { overwritable: true });
  const size = sizeOf(input.shape);
  const argmax = arena.int32((batchSize * size) / 4);
  const of = (array: Float32Array, piece: Piece) => piecesOf(array, size, piece);
  const pooled = <T extends Float32Array | Int32Array>(array: T, piece: Piece) => piecesOf(array, size / 4, piece);
  const linesOf = ({ samples }: Piece) => samples.count * height;
  return {
    output,
    normalize(piece) {
      const [x, y, places] = [of(input.data, piece), pooled(output.data, piece), pooled(argmax, piece)];
      const { first, count } = piece.channels;
      kernels.scaleShiftMaxPool(x, linesOf(piece), width, count, C, affine.subarray(first), y, places);
    },
    gradientMoments(piece, shards, coefficients, sums, scratch) {
      const [dy, places, x] = [pooled(output.gradient, piece), pooled(argmax, piece), of(input.data, piece)];
      const { first, count } = piece.channels;
      const center = coefficients.subarray(first);
      kernels.maxPoolGradientMoments(dy, places, x, center, shards, height, width, count, C, sums, scratch);
    },
    inputGradient(piece, coefficients, mask) {
      const [dy, places, x] = [pooled(output.gradient, piece), pooled(argmax, piece), of(input.data, piece)];
      const [dx, { first, count }] = [of(input.gradient, piece), piece.channels];
      const from = coefficients.subarray(first);
      kernels.maxPoolBatchNormBackward(dy, places, x, linesOf(piece), width, count, C, from, mask, dx);
    },
  };
}
