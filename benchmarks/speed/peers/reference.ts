import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportOnnx, Model, rowMajor, SGD, type StoredTensor } from 'heddle';
import { saveSafetensors, Trainer } from 'heddle/node';
import { LEARNING_RATE, networks, noise } from './networks.js';

// What peers.ts holds the engines to: `node reference.js FOLDER NETWORK` trains a network for a few steps, so that no BatchNorm
// is the identity, and writes to the folder
// - model.safetensors, model.onnx and graph.json: the network with its weights,
// - expected.safetensors: `input`, a batch; `logits`, those of it in evaluation mode; `losses`, those of it in evaluation mode, in
//   a training step without dropout, and in the step after that one.

const [folder, name] = process.argv.slice(2);
const network = networks[name];
const { batch, inputShape, create } = network;
const images = noise(network, 1);
const trainer = new Trainer(create(0), {
  inputShape,
  batchSize: batch,
  optimizer: new SGD({ learningRate: LEARNING_RATE }),
});
try {
  for await (const _ of trainer.fit(images, { epochs: 4 }));
  const model = new Model(create(0), { inputShape, batchSize: batch, kernels: trainer.model.kernels.name }).eval();
  model.loadStateDict(trainer.stateDict());
  await saveSafetensors(join(folder, 'model.safetensors'), model.stateDict());
  await writeFile(join(folder, 'model.onnx'), exportOnnx(model));
  await writeFile(join(folder, 'graph.json'), JSON.stringify(model.graph));

  const input = Float32Array.from(images.inputs, (value) => value / 255);
  const logits = rowMajor(model.forward({ data: input, shape: [batch, ...inputShape] }));
  const losses = [(await trainer.evaluate(images)).loss];
  for await (const { trainLoss } of trainer.fit(images, { epochs: 2 })) losses.push(trainLoss);
  const expected: Record<string, StoredTensor> = {
    input: { shape: [batch, ...inputShape], data: input },
    logits: { shape: [batch, 10], data: logits },
    losses: { shape: [3], data: Float32Array.from(losses) },
  };
  await saveSafetensors(join(folder, 'expected.safetensors'), expected);
} finally {
  await trainer.close();
}
