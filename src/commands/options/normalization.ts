import { checkNormalization, type Normalization } from '../../data/normalization.js';
import { reason } from '../../errors.js';
import { fashionMnistNormalization } from '../../fashionMnist/normalization.js';
import type { Shape } from '../../tensor/shape.js';
import { refused } from './setting.js';

/** The input scaling that --mean and --std give, if they do. @throws HeddleError ARGUMENT for one without the other */
export function givenNormalization({ mean, std }: Partial<Normalization>): Normalization | undefined {
  if ((mean === undefined) !== (std === undefined))
    throw refused('--mean and --std: expected both or neither; found one of them');
  return mean === undefined || std === undefined ? undefined : { mean, std };
}

/** @throws HeddleError ARGUMENT unless what --mean and --std gave is one number, or one for each channel of the input */
export function checkGiven(given: Normalization, inputShape: Shape): void {
  try {
    checkNormalization(given, inputShape);
  } catch (cause) {
    throw refused(`--mean and --std: ${reason(cause)}`);
  }
}

/** The scaling of weights whose file says none: for the Fashion-MNIST network that of its training set, with the line for
 * stderr which says that it was assumed.
 * @throws HeddleError ARGUMENT for another network */
export function assumedNormalization(weights: string, isFashion: boolean) {
  if (!isFashion)
    throw refused(
      `${weights} does not say how its input is scaled: give --mean and --std, for weights of torchvision's --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225`,
    );
  const note =
    "note: the weights' file does not say how its input is scaled; taken is Fashion-MNIST's mean of " +
    `${fashionMnistNormalization.mean} and std of ${fashionMnistNormalization.std}. Give --mean and --std for weights that were trained otherwise.\n`;
  return { normalization: fashionMnistNormalization, note };
}
