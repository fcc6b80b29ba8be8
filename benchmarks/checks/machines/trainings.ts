import { parseArgs } from 'node:util';
import type { Dataset } from '../../../src/data/dataset.js';
import type { Module } from '../../../src/graph/module.js';
import {
  AdamW,
  BatchNorm2d,
  BCEWithLogitsLoss,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  Flatten,
  fashionNet,
  L1Loss,
  Linear,
  type Loss,
  MaxPool2d,
  MSELoss,
  ReLU,
  Sequential,
  SGD,
  SmoothL1Loss,
} from '../../../src/index.js';
import { type JoinedMachines, joinMachines } from '../../../src/machines/joinMachines.js';
import { resnet18, vggSmall } from '../../../src/networks.js';
import { drawsOf, hashKey } from '../../../src/tensor/random.js';
import { Trainer } from '../../../src/training/nodeTrainer.js';
import type { TrainerOptions } from '../../../src/training/trainerOptions.js';

// Trains networks for a few steps, on one machine or as a rank of several, and prints what comes out, which must be the same:
// node dist/benchmarks/checks/machines/trainings.js [--workers 2] [--kernels simd] [--large]
// mpirun -n 3 node dist/benchmarks/checks/machines/trainings.js

interface Training {
  readonly network: () => Module;
  readonly data: Dataset;
  readonly options: Omit<TrainerOptions, 'inputShape'>;
}

/** Random images, with classes or, where there is a shape, floats for targets. */
function imagesOf(count: number, shape: readonly number[], classes: number, floats?: readonly number[]): Dataset {
  const random = drawsOf(hashKey(count, 'sample'));
  const sizeOf = (lengths: readonly number[]) => lengths.reduce((size, length) => size * length, 1);
  const inputs = new Uint8Array(new SharedArrayBuffer(count * sizeOf(shape)));
  for (let i = 0; i < inputs.length; i++) inputs[i] = 256 * random.next();
  const targets = floats
    ? new Float32Array(new SharedArrayBuffer(4 * count * sizeOf(floats)))
    : new Uint8Array(new SharedArrayBuffer(count));
  for (let i = 0; i < targets.length; i++) targets[i] = floats ? Math.round(random.next()) : classes * random.next();
  return { inputs, targets, count, shape, targetShape: floats ?? [] };
}

/** With layers that are cut by shards and others that are cut by channels. */
const smallNetwork = (): Module =>
  new Sequential([
    new Conv2d(3, 64, 3, { padding: 1 }),
    new BatchNorm2d(64),
    new ReLU(),
    new MaxPool2d(2),
    new Dropout(0.1),
    new Conv2d(64, 72, 3, { padding: 1 }),
    new BatchNorm2d(72),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(72, 136, 3, { padding: 1 }),
    new ReLU(),
    new Flatten(),
    new Linear(544, 6),
  ]);

const withFloats = (loss: Loss): Training => ({
  network: smallNetwork,
  data: imagesOf(53, [3, 8, 8], 6, [6]),
  options: { loss, batchSize: 20 },
});

const small: Readonly<Record<string, Training>> = {
  'CrossEntropyLoss, clipped and averaged, with Lookahead and updateBn, on augmented images': {
    network: smallNetwork,
    data: imagesOf(53, [3, 8, 8], 6),
    options: {
      loss: new CrossEntropyLoss({ labelSmoothing: 0.1 }),
      batchSize: 20,
      maxGradientNorm: 0.5,
      averageDecay: 0.9,
      updateBn: 2,
      lookahead: { steps: 2 },
      augmentation: { alternatingFlip: true, randomCrop: 1, cropPadding: 'reflect', cutout: 3, mixup: 0.3 },
      testTimeShift: 1,
    },
  },
  'CrossEntropyLoss with weights': {
    network: smallNetwork,
    data: imagesOf(53, [3, 8, 8], 6),
    options: { loss: new CrossEntropyLoss({ weight: [1, 2, 3, 4, 5, 6], ignoreIndex: 2 }), batchSize: 20 },
  },
  'a BatchNorm of the batch alone, by six views of each test image': {
    network: () =>
      new Sequential([
        new Conv2d(3, 8, 3),
        new BatchNorm2d(8, { trackRunningStats: false }),
        new ReLU(),
        new Flatten(),
        new Linear(288, 6),
      ]),
    data: imagesOf(53, [3, 8, 8], 6),
    options: { batchSize: 20, testTimeFlip: true, testTimeShift: 1 },
  },
  MSELoss: withFloats(new MSELoss()),
  L1Loss: withFloats(new L1Loss()),
  SmoothL1Loss: withFloats(new SmoothL1Loss()),
  BCEWithLogitsLoss: withFloats(new BCEWithLogitsLoss()),
};

const large: Readonly<Record<string, Training>> = {
  'the specified network': {
    network: () => fashionNet(),
    data: imagesOf(230, [1, 28, 28], 10),
    options: { batchSize: 100 },
  },
  'ResNet-18': {
    network: () => resnet18({ numClasses: 10 }),
    data: imagesOf(150, [3, 32, 32], 10),
    options: { batchSize: 64 },
  },
  'a small VGG': { network: () => vggSmall(), data: imagesOf(150, [3, 32, 32], 10), options: { batchSize: 64 } },
};

async function outcomeOf(
  { network, data, options }: Training,
  settings: Pick<TrainerOptions, 'workers' | 'kernels' | 'machines'>,
): Promise<string> {
  const optimizer = options.maxGradientNorm ? new AdamW({ learningRate: 0.001 }) : new SGD({ learningRate: 0.01 });
  const trainer = new Trainer(network(), { ...options, ...settings, inputShape: data.shape, optimizer });
  try {
    const reports: unknown[] = [];
    for await (const { seconds, imagesPerSecond, ...report } of trainer.fit(data, { epochs: 1, test: data }))
      reports.push(report);
    return `${trainer.weightsHash()} ${JSON.stringify(reports)}`;
  } finally {
    await trainer.close();
  }
}

async function trainAll(machines: JoinedMachines | undefined): Promise<void> {
  const { values } = parseArgs({
    options: {
      workers: { type: 'string', default: '1' },
      kernels: { type: 'string', default: 'auto' },
      large: { type: 'boolean', default: false },
    },
  });
  const kernels = values.kernels as NonNullable<TrainerOptions['kernels']>;
  for (const [name, training] of Object.entries(values.large ? large : small)) {
    const outcome = await outcomeOf(training, { workers: Number(values.workers), kernels, machines });
    if (!machines?.rank) console.log(`${name}: ${outcome}`);
  }
}

const machines = await joinMachines();
try {
  await trainAll(machines);
  await machines?.leave();
} catch (error) {
  console.error(error);
  machines?.abort(1);
  process.exitCode = 1;
}
