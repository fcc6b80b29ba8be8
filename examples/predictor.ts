// A server that classifies images: concurrent requests go through the network together, on worker threads.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import {
  Conv2d,
  Flatten,
  fashionMnistClasses,
  firstSamples,
  type HeddleError,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  SGD,
} from 'heddle';
import { loadMnistFolder, Predictor, Trainer } from 'heddle/node';

const network = new Sequential([
  new Conv2d(1, 8, 5, { stride: 2 }),
  new ReLU(),
  new MaxPool2d(2),
  new Flatten(),
  new Linear(8 * 6 * 6, 10),
]);
const trainer = new Trainer(network, { inputShape: [1, 28, 28], optimizer: new SGD({ learningRate: 0.1 }) });
const train = firstSamples(await loadMnistFolder('data/fashion-mnist', 'train'), 6000);
for await (const _ of trainer.fit(train, { epochs: 2 }));
await trainer.close();

// In a program of its own: const { model } = await loadModel('run/best.safetensors').
const predictor = new Predictor(trainer.model, { batchSize: 32, maxQueue: 500 });

/** 784 bytes in, the name of a class out. */
const server = createServer(async (request, response) => {
  try {
    const pixels = Float32Array.from(await buffer(request), (byte) => byte / 255);
    const { classes } = await predictor.predict(pixels);
    response.end(fashionMnistClasses[classes[0]]);
  } catch (error) {
    const { code, message } = error as HeddleError;
    response.writeHead(code === 'BUSY' ? 503 : code === 'SHAPE' ? 400 : 500).end(message);
  }
});
await once(server.listen(0), 'listening');
const { port } = server.address() as AddressInfo;

const test = firstSamples(await loadMnistFolder('data/fashion-mnist', 'test'), 500);
const ask = async (image: number) => {
  const body = test.inputs.slice(784 * image, 784 * (image + 1));
  const answer = await fetch(`http://localhost:${port}`, { method: 'POST', body });
  return (await answer.text()) === fashionMnistClasses[test.targets[image]];
};
const right = await Promise.all(Array.from({ length: test.count }, (_, image) => ask(image)));
console.log(`${((100 * right.filter(Boolean).length) / test.count).toFixed(1)}% of ${test.count} answers are right`);
console.log(await (await fetch(`http://localhost:${port}`, { method: 'POST', body: 'no image' })).text());

server.close();
await predictor.close();
