import type { Kernels } from '../../kernels/kernels.js';
import type { Shard } from '../../program/phase.js';
import { sizeOf } from '../../tensor/shape.js';
import { type Activation, gradientOfShard, type Parameter, samplesOf } from '../layer.js';

/** A shard's part in the gradient of a bias, if there is one that is trained: the sums of its upstream gradients by channels. */
export function writeBiasGradient(
  kernels: Kernels,
  bias: Parameter | undefined,
  { shape, gradient }: Pick<Activation, 'shape' | 'gradient'>,
  { index, first, count }: Shard,
): void {
  if (!bias?.requiresGrad) return;
  const [channels] = shape;
  const dy = samplesOf(gradient, sizeOf(shape), first, count);
  kernels.columnSums(dy, dy.length / channels, channels, channels, gradientOfShard(bias, index), false);
}
