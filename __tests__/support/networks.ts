import type { Module } from '../../src/graph/module.js';
import { Model } from '../../src/network/model.js';
import type { ModelOptions } from '../../src/network/modelOptions.js';
import {
  efficientnetB0,
  lenet5,
  mobilenetV2,
  resnet18,
  resnet34,
  resnet50,
  vgg11Bn,
  vgg16Bn,
} from '../../src/networks.js';
import { Arena, type ArenaMemory } from '../../src/tensor/arena.js';
import type { TensorSource } from '../../src/tensor/view.js';
import { formulaValues } from './formula.js';
import { readJson } from './golden.js';

// The networks of networks_reference.py, and the same weights, images and labels as its own.

const SEED = 1;

export const networks = {
  lenet5: () => lenet5(),
  resnet18: () => resnet18(),
  resnet18SmallImages: () => resnet18({ smallImages: true }),
  resnet34: () => resnet34(),
  resnet50: () => resnet50(),
  vgg11Bn: () => vgg11Bn(),
  vgg16Bn: () => vgg16Bn(),
  mobilenetV2: () => mobilenetV2(),
  efficientnetB0: () => efficientnetB0(),
};

export type NetworkName = keyof typeof networks;

interface GoldenNetwork {
  readonly input: readonly [number, number, number];
  readonly state: readonly string[];
  readonly initial: readonly number[];
  readonly printed: readonly string[];
  readonly variance: number;
  readonly logits: Float32Array;
  readonly losses: readonly number[];
  readonly gradients: readonly number[];
}

const golden = readJson('networks.json');

/** What is not among its numbers is empty, and its variance the one that most networks have there. */
export function goldenNetworkOf(name: NetworkName): GoldenNetwork {
  const { variance = 1.5, logits: encoded = '', losses = [], gradients = [], ...others } = golden[name];
  const logits = new Float32Array(new Uint8Array(Buffer.from(encoded, 'base64')).buffer);
  return { ...others, variance, losses, gradients, logits };
}

/** A model whose numbers are 0 until they are loaded, which saves the drawing of initial weights: in memory that another model
 * seems to have filled. */
export function emptyModel(network: Module, options: ModelOptions): Model {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 ** 16, shared: true });
  return new Model(network, { ...options, arena: new Arena(memory as unknown as ArenaMemory) });
}

/** A model with the weights and statistics that its function `fill` gives. */
export function filledModel(name: NetworkName, network: Module, batchSize: number): Model {
  const { input, variance } = goldenNetworkOf(name);
  const model = emptyModel(network, { inputShape: input, batchSize, shards: 2 });
  const state = [...model.stateDict()];
  const filled = state.map(([key, { shape, size }], stream): [string, TensorSource] => {
    const [center, bound] = rangeOf(key, shape, variance);
    const isLast = stream >= state.length - 2;
    const data = formulaValues(SEED, stream, size, isLast ? bound / 30 : bound);
    const rounded = Math.fround(center);
    if (center !== 0) for (let i = 0; i < size; i++) data[i] += rounded;
    return [key, { shape, data }];
  });
  model.loadStateDict(new Map(filled.filter(([key]) => !key.endsWith('num_batches_tracked'))));
  return model;
}

function rangeOf(name: string, shape: readonly number[], variance: number): [center: number, bound: number] {
  const fanIn = shape.slice(1).reduce((product, length) => product * length, 1);
  if (shape.length > 1) return [0, Math.sqrt(6 / fanIn)];
  if (name.endsWith('running_var')) return [variance, variance / 3];
  return name.endsWith('weight') ? [0.75, 0.25] : [0, 0.1];
}

/** `count` images of stream 9000 + `stream`. */
export const imagesOf = ([channels, height, width]: GoldenNetwork['input'], count: number, stream: number) =>
  formulaValues(SEED, 9000 + stream, count * channels * height * width, Math.sqrt(3));

/** The labels of step `step`'s images. */
export const labelsOf = (step: number, count: number, classes: number) =>
  Int32Array.from({ length: count }, (_, n) => (37 * (count * step + n)) % classes);
