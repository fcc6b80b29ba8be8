import { HeddleError } from '../errors.js';
import { checkWeights } from '../formats/checkWeights.js';
import { decodeSafetensors, encodeSafetensors } from '../formats/safetensors.js';
import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import { checkType } from '../layers/registry.js';
import type { Bytes } from '../tensor/bytes.js';
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

/** The bytes of the file that `saveModel` writes.
 *
 * @throws HeddleError ARGUMENT */
export function encodeModel(model: Model, given?: SaveModelOptions): Uint8Array<ArrayBuffer> {
  required('encodeModel(model)', { model });
  return modelBytes('encodeModel(model', model, given);
}

/** @param call its beginning, for messages */
export function modelBytes(call: string, model: Model, given: SaveModelOptions | undefined): Uint8Array<ArrayBuffer> {
  const form = `${call}, { classes, normalization, transform, testTimeFlip, testTimeShift, recipe, metadata })`;
  instance('model', model, Model);
  for (const [name, layer] of model.layers) checkType(name, layer);
  const { metadata, ...description } = options(form, given, descriptionDefaults);
  const texts = [['format', 'pt'], ...mapOf('metadata', metadata), ...describeModel(model, description)] as const;
  return encodeSafetensors(model.stateDict(), new Map(texts));
}

/** A model to use, from the bytes of a file, as `loadModel` reads it.
 *
 * @param source what messages call the file
 * @throws HeddleError FORMAT, ARGUMENT, STATE_DICT as loadModel */
export function decodeModel(bytes: Bytes, given?: LoadModelOptions, source = 'model'): LoadedModel {
  required('decodeModel(bytes)', { bytes });
  return modelOf('decodeModel(bytes', decodeSafetensors(bytes, source), given, source);
}

/** @param call its beginning, for messages */
export function modelOf(
  call: string,
  { tensors, metadata }: ReturnType<typeof decodeSafetensors>,
  given: LoadModelOptions | undefined,
  source: string,
): LoadedModel {
  const form = `${call}, { batchSize, network, inputShape, shards, kernels, convolution })`;
  const { network, inputShape, ...settings } = options(form, given, loadDefaults);
  checkWeights(tensors, source);
  // With a network the graph has no more to say than the input's shape, and none of its layers needs to be registered.
  const graphFrom = network ? (inputShape ? undefined : readRecord) : readGraph;
  const { graph, ...description } = readDescription(metadata, source, graphFrom);
  if (!network && !graph)
    throw new HeddleError(
      'ARGUMENT',
      `${source} does not say which network its weights are of; give it: ${call}, { network, inputShape: [1, 28, 28] })`,
    );
  const shape = inputShape ?? graph?.inputs[0].shape;
  const model = new Model(network ?? (graph as Graph), { ...settings, inputShape: shape as Shape });
  model.loadStateDict(tensors);
  return { ...description, model: model.eval() };
}
