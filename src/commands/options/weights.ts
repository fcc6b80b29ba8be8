import type { Normalization } from '../../data/normalization.js';
import { fashionMnistClasses } from '../../datasets/fashionMnistClasses.js';
import { HeddleError } from '../../errors.js';
import { fashionNet, fashionNetInput } from '../../fashionMnist/network.js';
import { checkWeights, loadSafetensors } from '../../formats/modelFile.js';
import { readDescription } from '../../network/modelFile.js';
import { readGraph } from '../../network/readGraph.js';
import type { Shape } from '../../tensor/shape.js';
import { chosenNormalization } from './normalization.js';

/** The weights that a command was given, and what they belong to: what the file says, else the Fashion-MNIST network with its
 * classes. A file that has a network need not name its classes.
 * @throws HeddleError FILE, FORMAT, also for numbers that no training ends with; ARGUMENT as givenNormalization */
export async function loadWeights({ weights, ...scaling }: Partial<Normalization> & { readonly weights: string }) {
  const file = await loadSafetensors(weights);
  checkWeights(file.tensors, weights);
  const { graph, classes } = readDescription(file.metadata, weights, readGraph);
  const inputShape: Shape = graph?.inputs[0].shape ?? fashionNetInput;
  return {
    ...file,
    network: graph ?? fashionNet(),
    inputShape,
    classes: graph ? classes : (classes ?? fashionMnistClasses),
    ...chosenNormalization(scaling, file.metadata),
  };
}

/** The classes' names, else "0", "1" and so on, one for each output. @throws HeddleError FORMAT for another number of them */
export function classNames(
  classes: readonly string[] | undefined,
  [outputs]: Shape,
  weights: string,
): readonly string[] {
  if (classes && classes.length !== outputs)
    throw new HeddleError(
      'FORMAT',
      `${weights}: expected the names of ${outputs} classes, as many as the network has outputs; found ${classes.length}`,
    );
  return classes ?? Array.from({ length: outputs }, (_, label) => String(label));
}

/** Finite weights may still be so large that a pass overflows. @throws HeddleError DIVERGED unless all numbers are finite */
export function checkNumbers(numbers: Iterable<number>, weights: string): void {
  for (const value of numbers)
    if (!Number.isFinite(value))
      throw new HeddleError('DIVERGED', `${weights} gives numbers that are not finite: its training went astray`);
}
