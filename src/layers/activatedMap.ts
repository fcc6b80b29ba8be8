import { HARDSWISH, SILU } from '../kernels/activation.js';
import { sizeOf } from '../tensor/shape.js';
import { type ChannelMap, piecesOf, plainMap } from './channelMap.js';
import type { Activation, Planner } from './layer.js';

/** The map with SiLU or Hardswish behind it, whose gradient needs what the map made: it is made of the input once more. */
export function activatedMap(
  affine: Float32Array,
  input: Activation,
  planner: Planner,
  activation: 'SiLU' | 'Hardswish',
): ChannelMap {
  const plain = plainMap(affine, input, planner);
  const { output } = plain;
  const { kernels } = planner;
  const [C] = input.shape;
  const size = sizeOf(input.shape);
  const pixels = size / C;
  const which = activation === 'SiLU' ? SILU : HARDSWISH;
  return {
    ...plain,
    normalize(piece) {
      const [x, y] = [input.data, output.data].map((array) => piecesOf(array, size, piece));
      const { first, count } = piece.channels;
      kernels.scaleShiftActivation(x, piece.samples.count * pixels, count, C, affine.subarray(first), which, y);
    },
    gradientMoments(piece, shards, _coefficients, sums, scratch) {
      const [dy, x] = [output.gradient, input.data].map((array) => piecesOf(array, size, piece));
      const { first, count } = piece.channels;
      const map = affine.subarray(first);
      kernels.activationGradientMoments(map, which, dy, x, shards, pixels, count, C, sums, scratch);
    },
  };
}
