import type { Kernels } from '../../kernels/kernels.js';
import type { ChannelBlock, Shard } from '../../program/phase.js';
import { sizeOf } from '../../tensor/shape.js';
import { type Activation, gradientOfShard, type Parameter, samplesOf } from '../layer.js';

type Output = Pick<Activation, 'shape' | 'gradient'>;

/** A shard's part in the gradient of a bias, if there is one that is trained: the sums of its upstream gradients by channels. */
export function writeBiasGradient(
  kernels: Kernels,
  bias: Parameter | undefined,
  { shape, gradient }: Output,
  { index, first, count }: Shard,
): void {
  if (!bias?.requiresGrad) return;
  const [channels] = shape;
  const dy = samplesOf(gradient, sizeOf(shape), first, count);
  kernels.columnSums(dy, dy.length / channels, channels, channels, gradientOfShard(bias, index), false);
}

/** The gradient of some channels' bias, over the whole batch. */
export function writeBiasGradientOf(
  kernels: Kernels,
  bias: Parameter | undefined,
  { shape, gradient }: Output,
  { first, count }: ChannelBlock,
  samples: number,
): void {
  if (!bias?.requiresGrad) return;
  const [channels] = shape;
  const rows = (samples * sizeOf(shape)) / channels;
  kernels.columnSums(gradient.subarray(first), rows, count, channels, bias.gradient.subarray(first), false);
}
