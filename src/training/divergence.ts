import { HeddleError } from '../errors.js';
import type { Activation } from '../layers/layer.js';
import { sizeOf } from '../tensor/shape.js';
import type { PassBatch } from './passBatch.js';

/** Looks at the losses of the `samples` that a training step has just used.
 *
 * @param activations the layers' outputs, in order
 * @throws HeddleError DIVERGED unless all are finite numbers, with the first layer whose output has one that is not */
export function checkLoss(
  { indices, losses }: PassBatch,
  samples: number,
  activations: ReadonlyMap<string, Activation>,
  where: string,
): void {
  const place = losses.subarray(0, samples).findIndex((loss) => !Number.isFinite(loss));
  if (place < 0) return;
  const allFinite = ({ data, shape }: Activation) =>
    data.subarray(0, samples * sizeOf(shape)).every((value) => Number.isFinite(value));
  const [layer] = [...activations].find(([, activation]) => !allFinite(activation)) ?? [];
  throw new HeddleError(
    'DIVERGED',
    `the loss of training image ${indices[place]} is ${losses[place]} in ${where}; ` +
      `${layer ? `the first layer with such an output is ${layer}` : 'the outputs of all layers are finite'}. Try a lower learning rate.`,
  );
}
