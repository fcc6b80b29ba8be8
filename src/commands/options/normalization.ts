import type { Normalization } from '../../data/batches.js';
import { HeddleError } from '../../errors.js';
import { fashionMnistNormalization } from '../../fashionMnist/normalization.js';
import { inputNormalization } from '../../formats/modelFile.js';

/**
 * The input scaling that --mean and --std give, else the model file's; without either that of Fashion-MNIST's training
 * set. `note` is empty, or the line for stderr which says that it was assumed.
 *
 * @throws HeddleError ARGUMENT for one option without the other, FORMAT for metadata that make no sense
 */
export function chosenNormalization(
  { mean, std }: { readonly mean?: number; readonly std?: number },
  metadata: ReadonlyMap<string, string>,
): { readonly normalization: Normalization; readonly note: string } {
  if (mean !== undefined && std !== undefined) return { normalization: { mean, std }, note: '' };
  if (mean !== undefined || std !== undefined)
    throw new HeddleError('ARGUMENT', '--mean and --std: expected both or neither; found one of them');
  const found = inputNormalization(metadata);
  if (found) return { normalization: found, note: '' };
  const note =
    "note: the weights' file does not say how its input is scaled; taken is Fashion-MNIST's mean of " +
    `${fashionMnistNormalization.mean} and std of ${fashionMnistNormalization.std}. Give --mean and --std for weights that were trained otherwise.\n`;
  return { normalization: fashionMnistNormalization, note };
}
