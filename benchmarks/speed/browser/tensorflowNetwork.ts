import * as tf from '@tensorflow/tfjs-core';
import type { Model } from 'heddle';
import { rowMajor } from 'heddle';
import type { GraphNode } from '../../../src/graph/graph.js';

// A network of heddle's, to be trained by TensorFlow.js's operations, images as N×H×W×C.

/** A parameter of the layer, its axes turned if others are asked for, or a buffer, which is not trained. */
type Variable = (key: string, trained: boolean, ...axes: number[]) => tf.Variable;
type Operation = (x: tf.Tensor) => tf.Tensor;

interface Window {
  readonly stride: [number, number];
  readonly padding: readonly [number, number];
}

function convolution({ arguments: settings }: GraphNode, variable: Variable): Operation {
  const { stride, padding } = settings[3] as Window;
  // From [out, in, height, width] to [height, width, in, out].
  const [filter, bias] = [variable('weight', true, 2, 3, 1, 0) as tf.Variable<tf.Rank.R4>, variable('bias', true)];
  return (x) => tf.add(tf.conv2d(x as tf.Tensor4D, filter, stride, padding[0]), bias);
}

/** With the batch's statistics, and running ones beside, as TensorFlow.js's own layer has them. */
function batchNorm(_: GraphNode, variable: Variable): Operation {
  const [scale, offset] = [variable('weight', true), variable('bias', true)] as tf.Variable<tf.Rank.R1>[];
  const running = [variable('running_mean', false), variable('running_var', false)];
  return (x) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    for (const [i, value] of [mean, variance].entries())
      running[i].assign(tf.add(tf.mul(running[i], 0.9), tf.mul(value, 0.1)));
    return tf.batchNorm(x as tf.Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, 1e-5);
  };
}

function linear(_: GraphNode, variable: Variable): Operation {
  const [weight, bias] = [variable('weight', true, 1, 0), variable('bias', true)];
  return (x) => tf.add(tf.matMul(x as tf.Tensor2D, weight as tf.Variable<tf.Rank.R2>), bias);
}

function maxPool({ arguments: [size, settings] }: GraphNode): Operation {
  const { stride, padding } = settings as Window;
  return (x) => tf.maxPool(x as tf.Tensor4D, size as [number, number], stride, padding[0]);
}

const dropout = ({ arguments: [probability] }: GraphNode): Operation =>
  probability === 0 ? (x) => x : (x) => tf.dropout(x, probability as number);

/** What makes a layer's operation. */
const operations: Readonly<Record<string, (node: GraphNode, variable: Variable) => Operation>> = {
  Conv2d: convolution,
  BatchNorm2d: batchNorm,
  Linear: linear,
  MaxPool2d: maxPool,
  Dropout: dropout,
  // From [channels, height, width], as PyTorch's weights want it.
  Flatten: () => (x) => tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [x.shape[0], -1]),
  ReLU: () => tf.relu,
};

export interface TensorflowNetwork {
  /** Logits of images. */
  forward(images: tf.Tensor): tf.Tensor;
  readonly trained: tf.Variable[];
  dispose(): void;
}

/** Layers in a row, with the weights that the model has. @throws Error for a layer that has no operation here */
export function tensorflowNetwork(model: Model): TensorflowNetwork {
  const weights = model.stateDict();
  const variables: tf.Variable[] = [];
  const steps = model.graph.nodes.map((node) => {
    if (!operations[node.type]) throw new Error(`no operation here for a layer of type ${node.type}`);
    return operations[node.type](node, (key, trained, ...axes) => {
      const stored = weights.get(`${node.module}.${key}`);
      if (stored === undefined) throw new Error(`${node.module} has no ${key}`);
      const tensor = tf.tensor(rowMajor(stored) as Float32Array, [...stored.shape]);
      const variable = tf.variable(axes.length > 0 ? tf.transpose(tensor, axes) : tensor, trained);
      variables.push(variable);
      return variable;
    });
  });
  return {
    forward: (images) => steps.reduce((x, step) => step(x), images),
    trained: variables.filter(({ trainable }) => trainable),
    dispose: () => tf.dispose(variables),
  };
}
