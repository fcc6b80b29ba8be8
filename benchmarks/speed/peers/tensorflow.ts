import { getThreadsCount, setThreadsCount, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { type Lookup, serve } from './serve.js';

// TensorFlow.js's side of peers.ts, on its WebAssembly backend, with the network written in its operations (NHWC).

type Tensors = (name: string) => tf.Tensor;

/** Conv2d and ReLU, the filters [out, in, height, width] turned to [height, width, in, out]. */
function convolution(tensor: Tensors, name: string) {
  const filter = tf.transpose(tensor(`${name}.weight`) as tf.Tensor4D, [2, 3, 1, 0]);
  const bias = tensor(`${name}.bias`);
  return (x: tf.Tensor4D) =>
    tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu' }) as tf.Tensor4D;
}

function batchNorm(tensor: Tensors, name: string) {
  const parameter = (field: string) => tensor(`${name}.${field}`) as tf.Tensor1D;
  const [mean, variance] = [parameter('running_mean'), parameter('running_var')];
  const [offset, scale] = [parameter('bias'), parameter('weight')];
  return (x: tf.Tensor4D) => tf.batchNorm4d(x, mean, variance, offset, scale, 1e-5);
}

const maxPool = (x: tf.Tensor4D) => tf.maxPool(x, 2, 2, 'valid');

/** Linear, ReLU and Linear. */
function classifier(tensor: Tensors) {
  // PyTorch flattens [channels, height, width], these operations [height, width, channels].
  const hidden = tf.reshape(
    tf.transpose(tf.reshape(tensor('classifier.1.weight'), [640, 128, 7, 7]), [2, 3, 1, 0]),
    [6272, 640],
  ) as tf.Tensor2D;
  const hiddenBias = tensor('classifier.1.bias');
  // Transposed here: with transposeB the backend adds wrong biases from the second row on.
  const last = tf.transpose(tensor('classifier.3.weight') as tf.Tensor2D);
  const lastBias = tensor('classifier.3.bias');
  return (maps: tf.Tensor4D) => {
    const flat = tf.reshape(maps, [-1, 6272]) as tf.Tensor2D;
    const units = tf.fused.matMul({ a: flat, b: hidden, bias: hiddenBias, activation: 'relu' });
    return tf.fused.matMul({ a: units as tf.Tensor2D, b: last, bias: lastBias });
  };
}

function fashionNet(lookup: Lookup) {
  const tensor: Tensors = (name) => {
    const { shape, data } = lookup(name);
    return tf.tensor(data, [...shape]);
  };
  const features = [
    convolution(tensor, 'block1.0'),
    batchNorm(tensor, 'block1.2'),
    convolution(tensor, 'block1.3'),
    batchNorm(tensor, 'block1.5'),
    maxPool,
    convolution(tensor, 'block2.0'),
    batchNorm(tensor, 'block2.3'),
    convolution(tensor, 'block2.4'),
    batchNorm(tensor, 'block2.6'),
    maxPool,
  ];
  const classify = classifier(tensor);
  return (images: tf.Tensor4D) => classify(features.reduce((x, layer) => layer(x), images));
}

await serve(async (lookup, _folder, threads) => {
  setThreadsCount(threads);
  if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js has no WebAssembly backend here');
  const network = fashionNet(lookup);
  return {
    name: 'TensorFlow.js wasm',
    version: version_wasm,
    threads: getThreadsCount(), // 1: it has threads in browsers alone
    async logits(images) {
      const output = tf.tidy(() => network(tf.tensor4d(images, [images.length / 784, 28, 28, 1])));
      const logits = output.dataSync<'float32'>();
      output.dispose();
      return logits;
    },
  };
});
