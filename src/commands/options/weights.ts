import type { ImageTransform } from '../../data/imageTransform.js';
import type { Normalization } from '../../data/normalization.js';
import { HeddleError } from '../../errors.js';
import { fashionMnistClasses } from '../../fashionMnist/classes.js';
import { fashionNet, fashionNetInput } from '../../fashionMnist/network.js';
import { checkWeights, loadSafetensors } from '../../formats/modelFile.js';
import type { StoredTensor } from '../../formats/safetensors.js';
import type { Graph } from '../../graph/graph.js';
import type { Module } from '../../graph/module.js';
import { type ModelDescription, readDescription } from '../../network/modelDescription.js';
import { readGraph } from '../../network/readGraph.js';
import type { Shape } from '../../tensor/shape.js';
import { chosenNormalization } from './normalization.js';

/** The weights that a command was given, and what they belong to. */
export interface Weights extends Omit<ModelDescription, 'graph'> {
  readonly network: Graph | Module;
  readonly inputShape: Shape;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly normalization: Normalization;
  /** How pictures become the network's input; undefined where that is no image of one channel or three. */
  readonly transform: ImageTransform | undefined;
  /** Empty, or a line for stderr that says what was assumed. */
  readonly note: string;
}

/** What the file says, else the Fashion-MNIST network with its classes. A file that has a network need not name its classes.
 * @throws HeddleError FILE, FORMAT, also for numbers that no training ends with; ARGUMENT as givenNormalization */
export async function loadWeights({
  weights,
  ...scaling
}: Partial<Normalization> & { readonly weights: string }): Promise<Weights> {
  const { tensors, metadata } = await loadSafetensors(weights);
  checkWeights(tensors, weights);
  const { graph, classes, ...description } = readDescription(metadata, weights, readGraph);
  const inputShape: Shape = graph?.inputs[0].shape ?? fashionNetInput;
  return {
    ...description,
    tensors,
    network: graph ?? fashionNet(),
    inputShape,
    classes: graph ? classes : (classes ?? fashionMnistClasses),
    transform: description.transform ?? usualTransform(inputShape),
    ...chosenNormalization(scaling, metadata),
  };
}

/** How pictures become the input of a network whose file does not say it: grey ones as MNIST has them, colours as torchvision's
 * Resize and CenterCrop make them. */
function usualTransform([channels, height, width]: Shape): ImageTransform | undefined {
  if (height === undefined || width === undefined) return undefined;
  if (channels === 1) return { type: 'lightOnDark', height, width };
  if (channels !== 3) return undefined;
  return { type: 'resizeCrop', channels, resize: Math.max(height, width), crop: [height, width] };
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
