import type { Normalization } from '../../data/normalization.js';
import { fashionMnistNormalization } from '../../fashionMnist/normalization.js';
import { inputNormalization } from '../../network/modelDescription.js';
import { refused } from './setting.js';

/** The input scaling that --mean and --std give, if they do. @throws HeddleError ARGUMENT for one without the other */
export function givenNormalization({ mean, std }: Partial<Normalization>): Normalization | undefined {
  if ((mean === undefined) !== (std === undefined))
    throw refused('--mean and --std: expected both or neither; found one of them');
  return mean === undefined || std === undefined ? undefined : { mean, std };
}

/** The input scaling that --mean and --std give, else the model file's; without either that of Fashion-MNIST's training
 * set. `note` is empty, or the line for stderr which says that it was assumed.
 * @throws HeddleError ARGUMENT for one option without the other, FORMAT for metadata that make no sense */
export function chosenNormalization(options: Partial<Normalization>, metadata: ReadonlyMap<string, string>) {
  const found = givenNormalization(options) ?? inputNormalization(metadata);
  if (found) return { normalization: found, note: '' };
  const note =
    "note: the weights' file does not say how its input is scaled; taken is Fashion-MNIST's mean of " +
    `${fashionMnistNormalization.mean} and std of ${fashionMnistNormalization.std}. Give --mean and --std for weights that were trained otherwise.\n`;
  return { normalization: fashionMnistNormalization, note };
}
