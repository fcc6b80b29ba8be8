import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSafetensors, saveSafetensors } from '../../src/formats/modelFile.js';
import {
  Adam,
  AdamW,
  BatchNorm2d,
  Conv2d,
  CrossEntropyLoss,
  decodeOptimizerState,
  encodeOptimizerState,
  Flatten,
  Linear,
  Model,
  ReLU,
  RMSprop,
  Sequential,
  SGD,
} from '../../src/index.js';

// The part of torchOptimizer.py that heddle does: goes on with a training from the files in a folder, weights and optimizer's
// state, over the batches in another file there, and writes both files anew.

const optimizers = { SGD, Adam, AdamW, RMSprop };
const [folder, type, settings] = process.argv.slice(2);
const path = (name: string) => join(folder, `${name}.safetensors`);

const network = new Sequential([
  new Conv2d(1, 8, 3, { padding: 1, bias: false }),
  new BatchNorm2d(8),
  new ReLU(),
  new Flatten(),
  new Linear(8 * 64, 10),
]);
const model = new Model(network, { inputShape: [1, 8, 8], batchSize: 32 });
model.loadStateDict((await loadSafetensors(path('model'))).tensors);
const optimizer = new optimizers[type as keyof typeof optimizers](JSON.parse(settings));
optimizer.loadStateDict(model, decodeOptimizerState(readFileSync(path('optimizer'))));

const { tensors } = await loadSafetensors(path('batches'));
const criterion = new CrossEntropyLoss();
for (let step = 0; tensors.has(`images.${step}`); step++) {
  const [images, labels] = ['images', 'labels'].map((name) => tensors.get(`${name}.${step}`));
  if (!images || !labels) throw new Error(`step ${step} has no labels`);
  const { gradient } = criterion.forward(model.forward(images), Array.from(labels.data, Number));
  model.backward(gradient);
  optimizer.step(model);
}
await saveSafetensors(path('model'), model.stateDict());
writeFileSync(path('optimizer'), encodeOptimizerState(optimizer.stateDict(model)));
