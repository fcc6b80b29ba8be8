import { HeddleError } from '../errors.js';
import { type Activation, samplesOf } from '../layers/layer.js';
import type { SampleRange } from '../program/ownPart.js';
import { sizeOf } from '../tensor/shape.js';
import type { PassBatch } from './passBatch.js';

/** Looks at the losses of the batch that a training step has just used.
 *
 * @param own the samples of which this machine has the layers' outputs
 * @param activations the layers' outputs, in order
 * @throws HeddleError DIVERGED unless all are finite numbers, with the first layer whose output has one that is not */
export function checkLoss(
  { indices, losses }: PassBatch,
  samples: number,
  own: SampleRange,
  activations: ReadonlyMap<string, Activation>,
  where: string,
): void {
  const place = losses.subarray(0, samples).findIndex((loss) => !Number.isFinite(loss));
  if (place < 0) return;
  const allFinite = ({ data, shape }: Activation) =>
    samplesOf(data, sizeOf(shape), own.first, own.count).every((value) => Number.isFinite(value));
  const [layer] = [...activations].find(([, activation]) => !allFinite(activation)) ?? [];
  throw new HeddleError(
    'DIVERGED',
    `the loss of training image ${indices[place]} is ${losses[place]} in ${where}; ` +
      `${layer ? `the first layer with such an output is ${layer}` : `the outputs of all layers are finite${own.count < samples ? ' on this machine' : ''}`}. Try a lower learning rate.`,
  );
}
