import { checkTransform, type ImageTransform, transformedShape } from '../data/imageTransform.js';
import { checkNormalization, type Normalization } from '../data/normalization.js';
import { checkTestTimeShift } from '../data/testTimeView.js';
import { HeddleError, quote, reason } from '../errors.js';
import { decimalNumbers } from '../formats/decimalNumbers.js';
import { formatError } from '../formats/fileKind.js';
import { lostInJson, parseJson } from '../formats/json.js';
import { version as ownVersion } from '../formats/version.js';
import type { Graph } from '../graph/graph.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { flag, plainObject, text, texts, wholeNumber } from '../validate.js';
import { checkClasses } from './predict.js';
import { DEEPEST } from './readGraph.js';

/** What a model file says besides the weights. */
export interface ModelDescription {
  /** Absent in files of PyTorch and of earlier versions. */
  readonly graph?: Graph;
  /** Names of the output's classes, in order. */
  readonly classes?: readonly string[] | undefined;
  /** How pixels are scaled for the network. */
  readonly normalization?: Normalization | undefined;
  /** How a picture becomes what is scaled so: an image of the network's input shape. */
  readonly transform?: ImageTransform | undefined;
  /** Whether it classifies by the mean of each image and its mirror image. */
  readonly testTimeFlip?: boolean | undefined;
  /** By how many pixels it shifts each image for that mean, as a Trainer does: see TrainerOptions. */
  readonly testTimeShift?: number | undefined;
  /** The settings of its training, as plain JSON. */
  readonly recipe?: Readonly<Record<string, unknown>> | undefined;
  /** heddle's version that trained it: this one, unless a description that is saved says another. */
  readonly version?: string | undefined;
}

/** Of the options that give a description, and more metadata. */
export const descriptionDefaults = {
  classes: undefined,
  normalization: undefined,
  transform: undefined,
  testTimeFlip: undefined,
  testTimeShift: undefined,
  recipe: undefined,
  version: undefined,
  metadata: {},
} as const;

/** What a description is told along with. */
interface Described {
  readonly graph: Graph;
  readonly inputShape: Shape;
  readonly outputShape: Shape;
}

/** A model and its description as texts by name, which `readDescription` takes back.
 *
 * @throws HeddleError ARGUMENT as descriptionTexts, and naming a layer whose arguments would not come back from a file */
export function describeModel(model: Described, description: Omit<ModelDescription, 'graph'>): Map<string, string> {
  checkArguments(model.graph);
  return new Map([['graph', JSON.stringify(model.graph)], ...descriptionTexts(model, description)]);
}

/** A description as texts by name, without the graph. @throws HeddleError ARGUMENT for what does not go with the model */
export function descriptionTexts(
  { inputShape, outputShape }: Omit<Described, 'graph'>,
  description: Omit<ModelDescription, 'graph'>,
): Map<string, string> {
  const { classes, normalization, transform, testTimeFlip, testTimeShift, recipe, version = ownVersion } = description;
  const metadata = new Map([['version', text('version', version)]]);
  if (classes !== undefined) {
    checkClasses(classes, outputShape);
    metadata.set('classes', JSON.stringify(classes));
  }
  if (normalization !== undefined) {
    checkNormalization(normalization, inputShape);
    metadata.set('mean', String(normalization.mean)).set('std', String(normalization.std));
  }
  if (transform !== undefined)
    metadata.set('transform', JSON.stringify(transformFor(inputShape, checkTransform(transform))));
  if (testTimeFlip !== undefined) metadata.set('testTimeFlip', String(flag('testTimeFlip', testTimeFlip)));
  if (testTimeShift !== undefined) metadata.set('testTimeShift', String(checkTestTimeShift(testTimeShift, inputShape)));
  if (recipe !== undefined) metadata.set('recipe', JSON.stringify(checkRecipe(recipe)));
  return metadata;
}

function checkArguments({ nodes }: Graph): void {
  for (const { name, type, arguments: settings } of nodes) {
    const lost = lostInJson(settings, 'arguments()', DEEPEST);
    if (lost) throw notInAFile(`layer ${quote(name)}, a ${type}: expected arguments`, lost);
  }
}

function checkRecipe(recipe: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const lost = lostInJson(plainObject('recipe', recipe), 'recipe', DEEPEST);
  if (lost) throw notInAFile('recipe: expected settings', lost);
  return recipe;
}

const notInAFile = (expected: string, found: string) =>
  new HeddleError(
    'ARGUMENT',
    `${expected} that a file can hold: texts, finite numbers, booleans, null, ` +
      `and lists and plain objects of them at most ${DEEPEST} deep; found ${found}`,
  );

/** @throws HeddleError ARGUMENT unless the transform makes the network's input */
function transformFor(inputShape: Shape, transform: ImageTransform): ImageTransform {
  const made = transformedShape(transform);
  if (made.join() !== inputShape.join())
    throw new HeddleError(
      'ARGUMENT',
      `transform: expected one that makes the network's input, ${formatShape(inputShape)}; found one that makes ${formatShape(made)}`,
    );
  return transform;
}

/** @param source what messages call the file
 * @param graphFrom reads the graph; without it that is left alone
 * @throws HeddleError FORMAT for a part that is none, or that does not go with the graph */
export function readDescription(
  metadata: ReadonlyMap<string, string>,
  source: string,
  graphFrom: ((value: unknown) => Graph) | undefined,
): ModelDescription {
  const part = <T>(key: string, read: (value: unknown) => T): T | undefined => {
    const text = metadata.get(key);
    return text === undefined ? undefined : read(parseJson(text, `metadata ${quote(key)}`, 'JSON'));
  };
  try {
    const graph = graphFrom && part('graph', graphFrom);
    const inputShape = graph?.inputs[0].shape;
    const classes = part('classes', (names) => texts('classes', names as string[]));
    const normalization = inputNormalization(metadata);
    if (inputShape && normalization) checkNormalization(normalization, inputShape);
    const transform = part('transform', (value) => checkTransform(value));
    if (inputShape && transform) transformFor(inputShape, transform);
    const testTimeFlip = part('testTimeFlip', (value) => flag('testTimeFlip', value as boolean));
    const testTimeShift = part('testTimeShift', (value) => wholeNumber('testTimeShift', value as number, 0));
    if (inputShape && testTimeShift) checkTestTimeShift(testTimeShift, inputShape);
    const recipe = part('recipe', (value) => checkRecipe(value as Readonly<Record<string, unknown>>));
    const version = metadata.get('version');
    const description = { classes, normalization, transform, testTimeFlip, testTimeShift, recipe, version };
    return graph ? { graph, ...description } : description;
  } catch (cause) {
    throw new HeddleError('FORMAT', `${source}: ${reason(cause)}`, { cause });
  }
}

/** The input scaling that a model file says it was trained with; undefined for a file from elsewhere, which says none. */
export function inputNormalization(
  metadata: ReadonlyMap<string, string>,
): Record<'mean' | 'std', number | number[]> | undefined {
  const [mean, std] = ['mean', 'std'].map((key) => metadata.get(key));
  if (mean === undefined && std === undefined) return undefined;
  const found = { mean: decimalNumbers(mean ?? ''), std: decimalNumbers(std ?? '') };
  if (![found.mean].flat().every(Number.isFinite) || ![found.std].flat().every((s) => s > 0 && Number.isFinite(s)))
    throw formatError(
      "the model file's metadata",
      `expected a mean and an std above 0, as decimal numbers, or with commas between those of channels; found ${quote(mean ?? 'none')} and ${quote(std ?? 'none')}`,
      'Save the model again, or give --mean and --std',
    );
  return found;
}
