import { join } from 'node:path';
import { type Model, rowMajor, SGD } from 'heddle';
import { loadSafetensors, Predictor, Trainer } from 'heddle/node';
import type { NdArray } from 'ndarray';
import { version } from '../../../src/formats/version.js';
import { LEARNING_RATE, type Network, networks, noise } from './networks.js';
import { rate } from './rate.js';
import { difference, type Engine, serve, type Task } from './serve.js';

// heddle's process of peers.ts, as its users run it: a Trainer trains and evaluates on all cores, a Predictor answers on all,
// and a Model on one. The Trainer's training, from initial weights, is compared with nothing here: what the peers are held to
// was made by the same Trainer.

/** Of an epoch, and of the set that is evaluated. */
const BATCHES = 20;

type Start = (network: Network, task: Task) => Promise<Omit<Engine, 'version'> & { readonly kernels: string }>;

/** Repeats passes over a data set, the last of which is cut off when the turn ends, and returns images/s. */
async function passes(
  seconds: number,
  { batch }: Network,
  pass: (signal: AbortSignal, onBatch: () => void) => Promise<unknown>,
): Promise<number> {
  const end = new AbortController();
  const start = performance.now();
  let images = 0;
  const onBatch = () => {
    images += batch;
    if (performance.now() - start >= 1000 * seconds) end.abort();
  };
  while (!end.signal.aborted) await pass(end.signal, onBatch);
  return images / ((performance.now() - start) / 1000);
}

const train: Start = async (network, { threads }) => {
  const optimizer = new SGD({ learningRate: LEARNING_RATE });
  const options = { inputShape: network.inputShape, batchSize: network.batch, workers: threads };
  const trainer = new Trainer(network.create(), { ...options, optimizer });
  const images = noise(network, BATCHES);
  const epoch = async (signal: AbortSignal, onStep: () => void) => {
    for await (const _ of trainer.fit(images, { epochs: 1, signal, onStep }));
  };
  return {
    kernels: trainer.model.kernels.name,
    threads,
    rate: (seconds) => passes(seconds, network, epoch),
  };
};

const infer: Start = async (network, { folder, threads, losses }) => {
  const trainer = new Trainer(network.create(), {
    inputShape: network.inputShape,
    batchSize: network.batch,
    workers: threads,
  });
  trainer.model.loadStateDict(await weights(folder));
  const { loss } = await trainer.evaluate(noise(network, 1));
  const images = noise(network, BATCHES);
  return {
    kernels: trainer.model.kernels.name,
    threads,
    error: difference(Float32Array.of(loss), losses.slice(0, 1)),
    rate: (seconds) => passes(seconds, network, (signal, onBatch) => trainer.evaluate(images, { signal, onBatch })),
  };
};

/** A model of one image, with the weights that the peers have. */
async function oneImage(network: Network, { folder }: Task): Promise<Model> {
  const trainer = new Trainer(network.create(), { inputShape: network.inputShape, batchSize: 1, workers: 1 });
  trainer.model.loadStateDict(await weights(folder));
  return trainer.model.eval();
}

const oneThread: Start = async (network, task) => {
  const { input: data, inputShape: shape, logits } = task;
  const model = await oneImage(network, task);
  return {
    kernels: model.kernels.name,
    threads: 1,
    error: difference(rowMajor(model.forward({ data, shape })), logits),
    rate: (seconds) => rate(1, seconds, () => model.forward({ data, shape })),
  };
};

const predictor: Start = async (network, task) => {
  const { input: data, inputShape: shape, logits: expected, threads } = task;
  const model = await oneImage(network, task);
  const workers = new Predictor(model, { workers: threads });
  const logits = { predictionOf: (outputs: NdArray<Float32Array>) => rowMajor(outputs) };
  const predict = () => workers.predict({ data, shape }, { loss: logits });
  return {
    kernels: model.kernels.name,
    threads,
    error: difference(await predict(), expected),
    rate: (seconds) => rate(1, seconds, predict),
  };
};

const weights = async (folder: string) => (await loadSafetensors(join(folder, 'model.safetensors'))).tensors;

/** By mode and variant. */
const starts: Readonly<Record<string, Start>> = {
  'train, all cores': train,
  'infer, all cores': infer,
  'one, one thread': oneThread,
  'one, Predictor': predictor,
};

await serve(async (task) => {
  const start = starts[`${task.mode}, ${task.variant}`];
  const { kernels, ...engine } = await start(networks[task.network], task);
  return { version: `${version}, ${kernels}`, ...engine };
});
