import { checkNormalization, type Normalization } from '../data/normalization.js';
import { HeddleError, quote, reason } from '../errors.js';
import { lostInJson, parseJson } from '../formats/json.js';
import { checkWeights, inputNormalization, loadSafetensors, saveSafetensors } from '../formats/modelFile.js';
import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import { checkType } from '../layers/registry.js';
import { mapOf, type Named } from '../tensor/named.js';
import type { Shape } from '../tensor/shape.js';
import { instance, options, required, texts } from '../validate.js';
import { Model } from './model.js';
import type { ModelOptions } from './modelOptions.js';
import { checkClasses } from './predict.js';
import { DEEPEST, readGraph, readRecord } from './readGraph.js';

/** The keys of a model file's metadata; `mean` and `std` are the pixel scaling's. */
const GRAPH = 'graph';
const CLASSES = 'classes';

/** What a model file says besides the weights. */
export interface ModelDescription {
  /** Absent in files of PyTorch and of earlier versions. */
  readonly graph?: Graph;
  /** Names of the output's classes, in order. */
  readonly classes?: readonly string[] | undefined;
  /** How pixels are scaled for the network. */
  readonly normalization?: Normalization | undefined;
}

/** A description as texts by name, which `readDescription` takes back.
 *
 * @throws HeddleError ARGUMENT naming a layer whose arguments would not come back from a file */
export const describeModel = ({ graph, classes, normalization }: ModelDescription): Map<string, string> => {
  const metadata = new Map<string, string>();
  if (graph) {
    checkArguments(graph);
    metadata.set(GRAPH, JSON.stringify(graph));
  }
  if (classes) metadata.set(CLASSES, JSON.stringify(classes));
  if (normalization) metadata.set('mean', String(normalization.mean)).set('std', String(normalization.std));
  return metadata;
};

function checkArguments({ nodes }: Graph): void {
  for (const { name, type, arguments: settings } of nodes) {
    const lost = lostInJson(settings, 'arguments()', DEEPEST);
    if (lost)
      throw new HeddleError(
        'ARGUMENT',
        `layer ${quote(name)}, a ${type}: expected arguments that a file can hold: texts, finite numbers, booleans, null, ` +
          `and lists and plain objects of them at most ${DEEPEST} deep; found ${lost}`,
      );
  }
}

/** @param source what messages call the file
 * @param graphFrom reads the graph; without it that is left alone
 * @throws HeddleError FORMAT for a graph, names or scaling that are none */
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
    const graph = graphFrom && part(GRAPH, graphFrom);
    const classes = part(CLASSES, (names) => texts(CLASSES, names as string[]));
    const normalization = inputNormalization(metadata);
    if (graph && normalization) checkNormalization(normalization, graph.inputs[0].shape);
    return { ...(graph ? { graph } : {}), classes, normalization };
  } catch (cause) {
    throw new HeddleError('FORMAT', `${source}: ${reason(cause)}`, { cause });
  }
}

export interface SaveModelOptions extends Omit<ModelDescription, 'graph'> {
  /** More free-form texts by name. */
  readonly metadata?: Named<string>;
}

/** Writes a model as safetensors: its state dict, and in the metadata its graph with the input's shape, the names of its
 * classes and its pixel scaling, so that `loadModel` needs no more than the file. PyTorch reads the weights.
 *
 * @throws HeddleError FILE when it cannot be written; ARGUMENT */
export async function saveModel(path: string, model: Model, given?: SaveModelOptions): Promise<void> {
  const form = 'saveModel(path, model, { classes, normalization, metadata })';
  required(form, { path, model });
  instance('model', model, Model);
  for (const [name, layer] of model.layers) checkType(name, layer);
  const { metadata, ...description } = options(form, given, {
    classes: undefined,
    normalization: undefined,
    metadata: {},
  });
  if (description.classes !== undefined) checkClasses(description.classes, model.outputShape);
  if (description.normalization !== undefined) checkNormalization(description.normalization, model.inputShape);
  const all = new Map([...mapOf('metadata', metadata), ...describeModel({ ...description, graph: model.graph })]);
  await saveSafetensors(path, model.stateDict(), all);
}

export interface LoadModelOptions
  extends Partial<Pick<ModelOptions, 'inputShape' | 'batchSize' | 'shards' | 'kernels' | 'convolution'>> {
  /** The module that the weights belong to, in place of the file's graph. For a file that has none it wants inputShape. */
  readonly network?: Module;
}

const loadDefaults = {
  network: undefined,
  inputShape: undefined,
  batchSize: 32,
  shards: 20,
  kernels: 'auto',
  convolution: 'auto',
} as const;

/** A model in evaluation mode, and what its file says of its input and output. */
export interface LoadedModel extends Omit<ModelDescription, 'graph'> {
  readonly model: Model;
}

/** A model to use, from a file that `saveModel` or a training run wrote. Layers of one's own have to be registered first, or
 * their network given.
 *
 * @param given batchSize, default 32, and other options of a Model
 * @throws HeddleError FILE, FORMAT when the file cannot be read or is none of a model; ARGUMENT when it has no graph and no
 *   network is given; STATE_DICT when its weights are another network's */
export async function loadModel(path: string, given?: LoadModelOptions): Promise<LoadedModel> {
  const form = 'loadModel(path, { batchSize, network, inputShape, shards, kernels, convolution })';
  required(form, { path });
  const { network, inputShape, ...settings } = options(form, given, loadDefaults);
  const { tensors, metadata } = await loadSafetensors(path);
  checkWeights(tensors, path);
  // With a network the graph has no more to say than the input's shape, and none of its layers needs to be registered.
  const graphFrom = network ? (inputShape ? undefined : readRecord) : readGraph;
  const { graph, ...description } = readDescription(metadata, path, graphFrom);
  if (!network && !graph)
    throw new HeddleError(
      'ARGUMENT',
      `${path} does not say which network its weights are of; give it: loadModel(path, { network, inputShape: [1, 28, 28] })`,
    );
  const shape = inputShape ?? graph?.inputs[0].shape;
  const model = new Model(network ?? (graph as Graph), { ...settings, inputShape: shape as Shape });
  model.loadStateDict(tensors);
  return { ...description, model: model.eval() };
}
