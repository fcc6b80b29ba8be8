import { type ImageTransform, transformedShape } from '../../data/imageTransform.js';
import type { Normalization } from '../../data/normalization.js';
import { HeddleError } from '../../errors.js';
import { checkWeights } from '../../formats/checkWeights.js';
import { loadSafetensors } from '../../formats/modelFile.js';
import type { StoredTensor } from '../../formats/safetensors.js';
import type { Graph } from '../../graph/graph.js';
import { type ModelDescription, readDescription } from '../../network/modelDescription.js';
import { readGraph, readRecord } from '../../network/readGraph.js';
import type { Shape } from '../../tensor/shape.js';
import type { normalizationSettings, weightsSettings } from './commonSettings.js';
import { assumedNormalization, checkGiven, givenNormalization } from './normalization.js';
import { refused, type ValuesOf } from './setting.js';
import { isFashion, namedNetwork, type WeightsNetwork } from './weightsNetwork.js';

/** The settings that say what weights are of. */
export type WeightsSettings = ValuesOf<typeof weightsSettings & ReturnType<typeof normalizationSettings>>;

/** The weights that a command was given, and what they belong to. */
export interface Weights extends WeightsNetwork, Omit<ModelDescription, 'graph' | 'classes'> {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly normalization: Normalization;
  /** How pictures become the network's input; undefined where that is no image of one channel or three. */
  readonly transform: ImageTransform | undefined;
  /** Empty, or a line for stderr that says what was assumed. */
  readonly note: string;
}

/** What a model file says, which is all there is to know; of weights from elsewhere what --network, --input-shape, --mean and
 * --std say.
 *
 * @throws HeddleError FILE, FORMAT, also for numbers that no training ends with; ARGUMENT for what neither says */
export async function loadWeights(settings: WeightsSettings): Promise<Weights> {
  const { weights, network, inputShape } = settings;
  const given = givenNormalization(settings);
  const { tensors, metadata } = await loadSafetensors(weights);
  checkWeights(tensors, weights);
  // With another network a file's graph has no more to say than the input's shape.
  const graphFrom = network === undefined ? readGraph : inputShape ? undefined : readRecord;
  const { graph, ...description } = readDescription(given ? withoutScaling(metadata) : metadata, weights, graphFrom);
  const known =
    network === undefined
      ? ownNetwork(settings, graph)
      : await namedNetwork(network, inputShape ?? graph?.inputs[0].shape, tensors);
  if (given) checkGiven(given, known.inputShape);
  const normalization = given ?? description.normalization;
  const scaling = normalization ? { normalization, note: '' } : assumedNormalization(weights, isFashion(network));
  return {
    ...description,
    ...known,
    classes: description.classes ?? known.classes,
    tensors,
    transform: transformTo(known.inputShape, description.transform),
    ...scaling,
  };
}

/** What a file says of scaling does not matter where --mean and --std are given, not even if it makes no sense. */
const withoutScaling = (metadata: ReadonlyMap<string, string>) =>
  new Map([...metadata].filter(([name]) => name !== 'mean' && name !== 'std'));

function ownNetwork({ weights, inputShape }: WeightsSettings, graph: Graph | undefined): WeightsNetwork {
  if (!graph)
    throw refused(
      `${weights} does not say which network its weights are of, as files of PyTorch do not: name it by --network, such as --network resnet18`,
    );
  if (inputShape) throw refused('--input-shape is for the network of --network; leave it away');
  return { network: graph, inputShape: graph.inputs[0].shape, layerModules: [] };
}

/** How pictures become a network's input, where it is one of pictures. Of a file that does not say it: grey ones as MNIST has
 * them, colours as torchvision's Resize and CenterCrop make them. */
function transformTo(inputShape: Shape, told: ImageTransform | undefined): ImageTransform | undefined {
  const [channels, height, width] = inputShape;
  if (told && transformedShape(told).join() === inputShape.join()) return told;
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
