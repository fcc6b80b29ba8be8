import type { Normalization } from '../../data/batches.js';
import { HeddleError } from '../../errors.js';
import { fashionMnistClasses } from '../../fashionMnist/classes.js';
import { fashionNet, fashionNetInput } from '../../fashionMnist/network.js';
import { checkWeights, loadSafetensors } from '../../formats/modelFile.js';
import { readDescription } from '../../network/modelFile.js';
import type { Shape } from '../../tensor/shape.js';
import { chosenNormalization } from './normalization.js';

/** The weights that a command was given, and what they belong to: what the file says, else the Fashion-MNIST network.
 * @throws HeddleError FILE, FORMAT, also for numbers that no training ends with; ARGUMENT as givenNormalization */
export async function loadWeights({ weights, ...scaling }: Partial<Normalization> & { readonly weights: string }) {
  const file = await loadSafetensors(weights);
  checkWeights(file.tensors, weights);
  const { graph, classes = fashionMnistClasses } = readDescription(file.metadata, weights);
  const inputShape: Shape = graph?.inputs[0].shape ?? fashionNetInput;
  return {
    ...file,
    network: graph ?? fashionNet(),
    inputShape,
    classes,
    ...chosenNormalization(scaling, file.metadata),
  };
}

/** Finite weights may still be so large that a pass overflows. @throws HeddleError DIVERGED unless all numbers are finite */
export function checkNumbers(numbers: Iterable<number>, weights: string): void {
  for (const value of numbers)
    if (!Number.isFinite(value))
      throw new HeddleError('DIVERGED', `${weights} gives numbers that are not finite: its training went astray`);
}
