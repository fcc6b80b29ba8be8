import type { Heddle } from './servedPages.js';

// What the tests of the browser's Trainer do, once with heddle in Node and once in a page. A function is sent to the page
// as text: it knows heddle, which it is given, and nothing of what stands around it here.

export interface TrainSettings {
  readonly workers: number;
  readonly epochs: number;
  /** Bytes of the checkpoint to go on from. */
  readonly checkpoint?: readonly number[];
}

/** Trains a network with all kinds of layers on random images, with augmentation and an average of the weights, evaluates it, and
 * tells all that must be the same to the bit. */
export async function train(heddle: Heddle, { workers, epochs, checkpoint }: TrainSettings) {
  const { Conv2d, ReLU, BatchNorm2d, MaxPool2d, Dropout, Flatten, Linear, Sequential, Adam, Trainer } = heddle;
  const images = (count: number) => {
    const pixels = Uint8Array.from({ length: count * 2 * 81 }, (_, i) => ((i * 7919) % 1009) % 256);
    return heddle.tensorDataset(
      { data: pixels, shape: [count, 2, 9, 9] },
      Array.from({ length: count }, (_, i) => i % 3),
    );
  };
  const network = new Sequential([
    new Conv2d(2, 8, 3, { padding: 1 }),
    new ReLU(),
    new BatchNorm2d(8),
    new Conv2d(8, 12, 3, { padding: 1 }),
    new ReLU(),
    new MaxPool2d(3, { stride: 2 }),
    new Dropout(0.1),
    new Flatten(),
    new Linear(192, 3),
  ]);
  const trainer = new Trainer(network, {
    inputShape: [2, 9, 9],
    optimizer: new Adam({ learningRate: 0.01 }),
    batchSize: 16,
    averageDecay: 0.9,
    augmentation: { alternatingFlip: true, randomCrop: 1, cropPadding: 'reflect', cutout: 3 },
    testTimeShift: 1,
    workers,
  });
  try {
    if (checkpoint) trainer.restore(heddle.decodeCheckpoint(Uint8Array.from(checkpoint)));
    const losses: (number | undefined)[] = [];
    for await (const { trainLoss, testLoss } of trainer.fit(images(46), { epochs, test: images(10) }))
      losses.push(trainLoss, testLoss);
    const { loss, accuracy } = await trainer.evaluate(images(20));
    const bytes = Array.from(heddle.encodeCheckpoint(trainer.checkpoint()));
    return { losses, evaluated: [loss, accuracy], hash: trainer.weightsHash(), checkpoint: bytes };
  } finally {
    await trainer.close();
  }
}

/** What a trainer says whose workers fail in their first step, then when it is asked again, and when it is closed. */
export async function fail(heddle: Heddle, { workers }: { readonly workers: number }): Promise<string[]> {
  const { Conv2d, BatchNorm2d, Flatten, Linear, Sequential, SGD, Trainer } = heddle;
  // A single value a channel cannot be normalized.
  const network = new Sequential([new Conv2d(1, 4, 8), new BatchNorm2d(4), new Flatten(), new Linear(4, 3)]);
  const optimizer = new SGD({ learningRate: 0.1 });
  const trainer = new Trainer(network, { inputShape: [1, 8, 8], optimizer, batchSize: 1, workers });
  const data = heddle.tensorDataset({ data: new Uint8Array(256), shape: [4, 1, 8, 8] }, [0, 1, 2, 0]);
  const said: string[] = [];
  for (let time = 0; time < 3; time++)
    try {
      if (time === 2) await trainer.close();
      for await (const _ of trainer.fit(data, { epochs: 1 })) said.push('an epoch');
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      said.push(`${code}: ${message}`);
    }
  return said;
}

/** What a fit says whose trainer is closed while a step goes on, whichever that is. */
export async function closeMeanwhile(heddle: Heddle, { workers }: { readonly workers: number }): Promise<string> {
  const { Flatten, Linear, Sequential, SGD, Trainer } = heddle;
  const optimizer = new SGD({ learningRate: 0.1 });
  const trainer = new Trainer(new Sequential([new Flatten(), new Linear(64, 3)]), {
    inputShape: [1, 8, 8],
    optimizer,
    batchSize: 1,
    workers,
  });
  const data = heddle.tensorDataset({ data: new Uint8Array(256), shape: [4, 1, 8, 8] }, [0, 1, 2, 0]);
  const onStep = ({ epoch, step }: { epoch: number; step: number }) => {
    if (epoch === 1 && step === 2) setTimeout(() => trainer.close());
  };
  try {
    for await (const _ of trainer.fit(data, { epochs: 5000, onStep }));
    return 'all epochs';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`.replace(/\d+/, 'N');
  }
}
