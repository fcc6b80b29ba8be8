import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getThreadsCount, setThreadsCount, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { Graph, GraphNode } from '../../../src/graph/graph.js';
import { rate } from './rate.js';
import { difference, type Lookup, readTensors, serve } from './serve.js';

// TensorFlow.js's process of peers.ts, on its WebAssembly backend (NHWC), with heddle's graph in its operations.

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;
type Activation = 'linear' | 'relu' | 'relu6';
const activations: Readonly<Record<string, Activation>> = { ReLU: 'relu', ReLU6: 'relu6' };

/** A parameter or buffer of the layer, its axes turned if others are asked for. */
type Stored = (key: string, ...axes: number[]) => tf.Tensor;

interface Window {
  readonly stride: [number, number];
  readonly padding: readonly [number, number];
  readonly bias?: boolean;
  readonly groups?: number;
}

function convolution(
  { arguments: [inputs, , , settings] }: GraphNode,
  stored: Stored,
  activation: Activation,
): Operation {
  const { stride, padding, bias, groups = 1 } = settings as Window;
  if (groups !== 1 && groups !== inputs) throw new Error(`no operation here for ${groups} groups`);
  const common = { strides: stride, pad: padding[0], activation, ...(bias ? { bias: stored('bias') } : {}) };
  // From [out, in, height, width] to [height, width, in, out], and of a depthwise one to [height, width, in, 1].
  if (groups === 1) {
    const filter = stored('weight', 2, 3, 1, 0) as tf.Tensor4D;
    return (x) => tf.fused.conv2d({ ...common, x: x as tf.Tensor4D, filter });
  }
  const filter = stored('weight', 2, 3, 0, 1) as tf.Tensor4D;
  return (x) => tf.fused.depthwiseConv2d({ ...common, x: x as tf.Tensor4D, filter });
}

function batchNorm(_: GraphNode, stored: Stored): Operation {
  const [mean, variance] = [stored('running_mean'), stored('running_var')] as tf.Tensor1D[];
  const [offset, scale] = [stored('bias'), stored('weight')] as tf.Tensor1D[];
  return (x) => tf.batchNorm4d(x as tf.Tensor4D, mean, variance, offset, scale, 1e-5);
}

function linear(_: GraphNode, stored: Stored, activation: Activation): Operation {
  // Transposed here: with transposeB the backend adds wrong biases from the second row on.
  const [b, bias] = [stored('weight', 1, 0) as tf.Tensor2D, stored('bias')];
  return (x) => tf.fused.matMul({ a: x as tf.Tensor2D, b, bias, activation });
}

function maxPool({ arguments: [size, settings] }: GraphNode): Operation {
  const { stride, padding } = settings as Window;
  return (x) => tf.maxPool(x as tf.Tensor4D, size as [number, number], stride, padding[0]);
}

/** What makes a layer's operation; the activation is what it does to its output besides. */
const operations: Readonly<Record<string, (node: GraphNode, stored: Stored, activation: Activation) => Operation>> = {
  Conv2d: convolution,
  BatchNorm2d: batchNorm,
  Linear: linear,
  MaxPool2d: maxPool,
  // From [channels, height, width], as PyTorch's weights want it.
  Flatten: () => (x) => tf.reshape(x.rank === 4 ? tf.transpose(x, [0, 3, 1, 2]) : x, [x.shape[0], -1]),
  AdaptiveAvgPool2d: () => (x) => tf.mean(x, [1, 2], true), // to 1×1
  Add: () => (a, b) => tf.add(a, b),
  ReLU: () => tf.relu,
  ReLU6: () => tf.relu6,
  Dropout: () => (x) => x,
  Identity: () => (x) => x,
};

/** The graph with its weights as one function; an activation behind a convolution or Linear is part of that. */
function compile({ nodes, inputs, outputs }: Graph, tensors: Lookup): (images: tf.Tensor) => tf.Tensor {
  const done = new Set<GraphNode>();
  const steps = nodes.map((node) => {
    if (!operations[node.type]) throw new Error(`no operation here for a layer of type ${node.type}`);
    const users = nodes.filter((user) => user.inputs.includes(node.name));
    const fuses = users.length === 1 && (node.type === 'Conv2d' || node.type === 'Linear');
    const activation = (fuses && activations[users[0].type]) || 'linear';
    if (activation !== 'linear') done.add(users[0]);
    const stored = (key: string, ...axes: number[]) => {
      const { shape, data } = tensors(`${node.module}.${key}`);
      const tensor = tf.tensor(data, [...shape]);
      return axes.length > 0 ? tf.transpose(tensor, axes) : tensor;
    };
    return { node, run: operations[node.type](node, stored, activation) };
  });
  return (images) => {
    const values = new Map([[inputs[0].name, images]]);
    for (const { node, run } of steps) {
      const taken = node.inputs.map((name) => values.get(name) as tf.Tensor);
      values.set(node.name, done.has(node) ? taken[0] : run(...taken));
    }
    return values.get(outputs[0]) as tf.Tensor;
  };
}

await serve(async ({ folder, threads, input, inputShape: [samples, channels, height, width], logits }) => {
  setThreadsCount(threads);
  if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js has no WebAssembly backend here');
  const graph = JSON.parse(await readFile(join(folder, 'graph.json'), 'utf8')) as Graph;
  const network = compile(graph, await readTensors(join(folder, 'model.safetensors')));
  const images = tf.transpose(tf.tensor4d(input, [samples, channels, height, width]), [0, 2, 3, 1]);
  const run = () => {
    const output = tf.tidy(() => network(images));
    const result = output.dataSync<'float32'>();
    output.dispose();
    return result;
  };
  return {
    version: version_wasm,
    threads: getThreadsCount(), // 1: it has threads in browsers alone
    error: difference(run(), logits),
    rate: (seconds) => rate(samples, seconds, run),
  };
});
