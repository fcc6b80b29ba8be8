import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { type Dataset, firstSamples, Model, SGD } from 'heddle';
import { fetchMnist, Trainer } from 'heddle/web';
import { sizeOf } from '../../../src/tensor/shape.js';
import { networks } from '../peers/networks.js';
import type { Training } from './round.js';
import { type TensorflowNetwork, tensorflowNetwork } from './tensorflowNetwork.js';
import { type Backend, deviceOf, workloads } from './workloads.js';

// TensorFlow.js's page of browser.ts, on the page's thread as its users have it. Before it is timed it trains a batch for
// three steps from heddle's initial weights, without dropout, and has to have heddle's losses.

export interface TensorflowTask {
  readonly network: string;
  readonly backend: Backend;
}

const COMPARED_STEPS = 3;

/** Losses of steps on one batch. */
async function heddleLosses(network: string, batch: Dataset): Promise<number[]> {
  const { inputShape, create } = networks[network];
  const optimizer = new SGD({ learningRate: workloads[network].comparedAt });
  const trainer = new Trainer(create(0), { inputShape, optimizer, batchSize: batch.count, workers: 1 });
  const losses: number[] = [];
  for await (const { trainLoss } of trainer.fit(batch, { epochs: COMPARED_STEPS })) losses.push(trainLoss);
  await trainer.close();
  return losses;
}

/** A step of SGD. @returns the loss before it, which the caller disposes */
function trainStep(network: TensorflowNetwork, learningRate: number, { inputs, targets, shape }: Dataset): tf.Scalar {
  const [channels, height, width] = shape;
  if (channels !== 1) throw new Error(`images of one channel are wanted here, not of ${channels}`);
  const pixels = Float32Array.from(inputs, (value) => value / 255);
  return tf.tidy(() => {
    const images = tf.tensor4d(pixels, [targets.length, height, width, channels]);
    const labels = tf.oneHot(tf.tensor1d(Int32Array.from(targets), 'int32'), 10);
    const loss = () => tf.losses.softmaxCrossEntropy(labels, network.forward(images)) as tf.Scalar;
    return tf.train.sgd(learningRate).minimize(loss, true, network.trained) as tf.Scalar;
  });
}

/** How far the losses of two engines may lie apart that add in different orders, over the largest of them, as logits have the
 * rounding errors of their own size: that of a sum of n terms grows as √n roundings by 2⁻²⁴, and each product adds its own,
 * forward and backward. */
function toleranceOf(model: Model): number {
  const fanIns = [...model.stateDict().values()]
    .filter(({ shape }) => shape.length > 1)
    .map(({ shape }) => sizeOf(shape.slice(1)));
  return 2 * 2 ** -24 * fanIns.reduce((sum, fanIn) => sum + Math.sqrt(fanIn), 0);
}

async function compare(network: string, batch: Dataset) {
  const { inputShape, create } = networks[network];
  const model = new Model(create(0), { inputShape, batchSize: 1 });
  const own = tensorflowNetwork(model);
  const tolerance = toleranceOf(model);
  const wanted = await heddleLosses(network, batch);
  let error = 0;
  for (const [step, expected] of wanted.entries()) {
    const loss = trainStep(own, workloads[network].comparedAt, batch);
    const [found] = await loss.data();
    loss.dispose();
    error = Math.max(error, Math.abs(found - expected) / Math.max(...wanted));
    if (!(error <= tolerance)) throw new Error(`its loss in step ${step + 1} is ${found}, and heddle's ${expected}`);
  }
  own.dispose();
  return { error, tolerance };
}

function rendererOfWebgl(): string {
  const gl = document.createElement('canvas').getContext('webgl2');
  const names = gl?.getExtension('WEBGL_debug_renderer_info');
  return gl && names ? String(gl.getParameter(names.UNMASKED_RENDERER_WEBGL)) : 'of an unknown kind';
}

export async function start({ network, backend }: TensorflowTask): Promise<Training> {
  if (!(await tf.setBackend(backend))) throw new Error(`there is no ${backend} here`);
  const { inputShape, create } = networks[network];
  const { learningRate, tensorflow } = workloads[network];
  const renderer = backend === 'webgl' ? rendererOfWebgl() : undefined;
  const { batch: batchSize, steps } = tensorflow[deviceOf(renderer)];
  const images = await fetchMnist('fashion-mnist', 'train');
  const size = sizeOf(inputShape);
  const batches = Array.from({ length: steps }, (_, step): Dataset => {
    const [first, last] = [step * batchSize, (step + 1) * batchSize];
    const [inputs, targets] = [images.inputs.subarray(first * size, last * size), images.targets.subarray(first, last)];
    return { ...images, inputs, targets, count: batchSize };
  });
  const compared = await compare(network, firstSamples(images, batchSize));
  const peer = { batch: batchSize, steps, ...compared, ...(renderer && { renderer }) };
  const own = tensorflowNetwork(new Model(create(), { inputShape, batchSize: 1 }));
  return {
    about: { version: tf.version_core, peer },
    async train() {
      const begin = performance.now();
      const losses = batches.map((batch) => trainStep(own, learningRate, batch));
      // A card may be at work still. The last loss is there when all steps are done.
      await losses[steps - 1].data();
      const seconds = (performance.now() - begin) / 1000;
      tf.dispose(losses);
      return { imagesPerSecond: (steps * batchSize) / seconds };
    },
  };
}
