import { HeddleError } from '../errors.js';
import { checkWeights, loadSafetensors, saveSafetensors } from '../formats/modelFile.js';
import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import { checkType } from '../layers/registry.js';
import { mapOf, type Named } from '../tensor/named.js';
import type { Shape } from '../tensor/shape.js';
import { instance, options, required } from '../validate.js';
import { Model } from './model.js';
import { describeModel, descriptionDefaults, type ModelDescription, readDescription } from './modelDescription.js';
import type { ModelOptions } from './modelOptions.js';
import { readGraph, readRecord } from './readGraph.js';

export interface SaveModelOptions extends Omit<ModelDescription, 'graph'> {
  /** More free-form texts by name. */
  readonly metadata?: Named<string>;
}

/** Writes a model as safetensors: its state dict, and in the metadata its graph with the input's shape and its description,
 * so that `loadModel` needs no more than the file. PyTorch reads the weights.
 *
 * @throws HeddleError FILE when it cannot be written; ARGUMENT */
export async function saveModel(path: string, model: Model, given?: SaveModelOptions): Promise<void> {
  const form = 'saveModel(path, model, { classes, normalization, transform, testTimeFlip, recipe, metadata })';
  required(form, { path, model });
  instance('model', model, Model);
  for (const [name, layer] of model.layers) checkType(name, layer);
  const { metadata, ...description } = options(form, given, descriptionDefaults);
  const all = new Map([...mapOf('metadata', metadata), ...describeModel(model, description)]);
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
