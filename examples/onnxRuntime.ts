// Exports a network to ONNX and runs it in onnxruntime-web beside heddle: the same classes for 200 test images.
import {
  batches,
  Conv2d,
  exportOnnx,
  Flatten,
  fashionMnistClasses,
  firstSamples,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  SGD,
} from 'heddle';
import { loadMnistFolder, Trainer } from 'heddle/node';
import { InferenceSession, Tensor } from 'onnxruntime-web';

const network = new Sequential([
  new Conv2d(1, 8, 5, { stride: 2 }),
  new ReLU(),
  new MaxPool2d(2),
  new Flatten(),
  new Linear(8 * 6 * 6, 10),
]);
const trainer = new Trainer(network, { inputShape: [1, 28, 28], optimizer: new SGD({ learningRate: 0.1 }) });
const train = firstSamples(await loadMnistFolder('data/fashion-mnist', 'train'), 6000);
try {
  for await (const { trainAccuracy = 0 } of trainer.fit(train, { epochs: 1 }))
    console.log(`trained: accuracy ${(100 * trainAccuracy).toFixed(1)}%`);
} finally {
  await trainer.close();
}

const { model } = trainer;
const session = await InferenceSession.create(exportOnnx(model, { classes: fashionMnistClasses }));
const test = firstSamples(await loadMnistFolder('data/fashion-mnist', 'test'), 200);
let same = 0;
for (const { inputs } of batches(test, { batchSize: 100 })) {
  const { classes } = model.predict(inputs);
  const { output } = await session.run({ input: new Tensor('float32', inputs.data, inputs.shape) });
  const logits = output.data as Float32Array;
  for (const [n, predicted] of classes.entries()) {
    const row = logits.subarray(10 * n, 10 * n + 10);
    if (row.indexOf(Math.max(...row)) === predicted) same++;
  }
}
console.log(`onnxruntime-web gives ${same} of ${test.count} images the class that heddle gives`);
