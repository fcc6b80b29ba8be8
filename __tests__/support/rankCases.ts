import { readAugmentation } from '../../src/data/augmentation.js';
import type { Dataset } from '../../src/data/dataset.js';
import {
  AdamW,
  add,
  BatchNorm1d,
  BatchNorm2d,
  BCEWithLogitsLoss,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  Flatten,
  L1Loss,
  Linear,
  type Loss,
  MaxPool2d,
  Module,
  MSELoss,
  Muon,
  ReLU,
  ReLU6,
  RMSprop,
  Sequential,
  SGD,
  SmoothL1Loss,
  type Value,
} from '../../src/index.js';
import { lossConfig } from '../../src/losses/registry.js';
import { optimizerConfig } from '../../src/optimizers/registry.js';
import type { RunConfig } from '../../src/training/trainerOptions.js';
import { syntheticDataset } from './dataset.js';
import { Everything } from './everything.js';

export interface RankCase {
  readonly network: () => Module;
  readonly data: Dataset;
  readonly options: Partial<RunConfig>;
  /** Samples of each batch that is trained. */
  readonly batches: readonly number[];
}

const floats = (shape: readonly number[]): Dataset => {
  const images = syntheticDataset(24, { channels: 2, size: 8, classes: 3 });
  const targets = new Float32Array(new SharedArrayBuffer(96 * shape.reduce((a, b) => a * b, 1)));
  for (let i = 0; i < targets.length; i++) targets[i] = (i * 13) % 2;
  return { ...images, targets, targetShape: shape };
};
const regression = (loss: Loss, options: Partial<RunConfig> = {}): RankCase => ({
  network: () => new Sequential([new Conv2d(2, 8, 3, { padding: 1 }), new ReLU(), new Flatten(), new Linear(512, 4)]),
  data: floats([4]),
  options: { batchSize: 10, shards: 6, loss: lossConfig(loss), ...options },
  batches: [10, 10],
});
/** The specified network, of images of 12×12 pixels and with a small classifier. */
const specified = (): Module =>
  new Sequential([
    new Conv2d(1, 64, 3, { padding: 1 }),
    new ReLU(),
    new BatchNorm2d(64),
    new Conv2d(64, 64, 3, { padding: 1 }),
    new ReLU(),
    new BatchNorm2d(64),
    new MaxPool2d(2),
    new Dropout(0.1),
    new Conv2d(64, 72, 3, { padding: 1 }),
    new ReLU(),
    new Dropout(0.1),
    new BatchNorm2d(72),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(648, 40),
    new ReLU(),
    new Linear(40, 10),
  ]);

/** Blocks on images of few pixels, whose convolutions are cut by channels: Winograd's, strided, of one tap, depthwise. */
class Small extends Module {
  readonly stem = new Sequential([new Conv2d(3, 64, 3, { padding: 1 }), new BatchNorm2d(64), new ReLU()]);
  readonly shortcut = new Sequential([new Conv2d(64, 72, 1, { stride: 2, bias: false }), new BatchNorm2d(72)]);
  readonly branch = new Sequential([
    new Conv2d(64, 72, 3, { stride: 2, padding: 1, bias: false }),
    new BatchNorm2d(72),
    new ReLU(),
    new Conv2d(72, 72, 3, { padding: 1, groups: 72, bias: false }),
    new BatchNorm2d(72),
    new ReLU6(),
    new Conv2d(72, 72, 3, { padding: 1 }),
    new BatchNorm2d(72),
  ]);
  readonly last = new Sequential([
    new ReLU(),
    new Conv2d(72, 40, 1),
    new BatchNorm2d(40),
    new MaxPool2d(2),
    new Conv2d(40, 136, 3, { padding: 1 }),
    new Flatten(),
    new Linear(136 * 4, 130),
    new BatchNorm1d(130),
    new ReLU(),
    new Linear(130, 5),
  ]);

  forward(x: Value): Value {
    const stem = this.stem.forward(x);
    return this.last.forward(add(this.branch.forward(stem), this.shortcut.forward(stem)));
  }
}

const colours = (count: number) => syntheticDataset(count, { channels: 3, size: 8, classes: 5 });
const grey = syntheticDataset(24, { size: 12 });

export const cases: Record<string, RankCase> = {
  'the specified network': {
    network: specified,
    data: grey,
    options: { batchSize: 12, shards: 7 },
    batches: [12, 12, 5],
  },
  'Muon and SGD, with accumulated, clipped and averaged steps': {
    network: () =>
      new Sequential([
        new Conv2d(2, 8, 3, { padding: 1 }),
        new ReLU(),
        new Flatten(),
        new Linear(512, 20),
        new ReLU(),
        new Linear(20, 3),
      ]),
    data: syntheticDataset(24, { channels: 2, size: 8, classes: 3 }),
    options: {
      batchSize: 6,
      shards: 5,
      accumulationSteps: 2,
      maxGradientNorm: 0.5,
      averageDecay: 0.9,
      optimizer: optimizerConfig(new Muon({ others: new SGD({ learningRate: 0.01, momentum: 0.9 }) })),
    },
    batches: [6, 6, 6, 4],
  },
  'a network of every layer, with accumulated, clipped and averaged steps and Lookahead': {
    network: () => new Everything() as unknown as Module,
    data: syntheticDataset(40, { channels: 2, size: 9 }),
    options: {
      batchSize: 7,
      shards: 4,
      accumulationSteps: 2,
      maxGradientNorm: 0.5,
      averageDecay: 0.9,
      lookahead: { steps: 2, alpha: 0.5 },
      testTimeFlip: true,
      testTimeShift: 1,
      loss: lossConfig(new CrossEntropyLoss({ weight: [1, 2, 0.5], ignoreIndex: 1, labelSmoothing: 0.1 })),
      optimizer: optimizerConfig(
        new RMSprop({
          learningRate: 0.01,
          momentum: 0.9,
          centered: true,
          groups: [
            { parameters: ['classifier', 'gate.2.bias'], learningRate: 0.002 },
            { parameters: ['mixer'], weightDecay: 0 },
            { parameters: 'vectors' },
          ],
        }),
      ),
    },
    batches: [7, 7, 7, 4],
  },
  'layers cut by channels, with augmented and mixed images': {
    network: () => new Small(),
    data: colours(24),
    options: {
      batchSize: 10,
      shards: 6,
      optimizer: optimizerConfig(new AdamW({ learningRate: 0.001 })),
      augmentation: readAugmentation({
        randomCrop: 1,
        cropPadding: 'reflect',
        alternatingFlip: true,
        cutout: 3,
        mixup: 0.4,
      }),
    },
    batches: [10, 10, 3],
  },
  'layers cut by channels, in batches of so many rows that machines divide the products': {
    network: () => new Small(),
    data: colours(600),
    options: { batchSize: 520, shards: 130 },
    batches: [519],
  },
  'layers cut by channels, of which most are frozen': {
    network: () => new Small(),
    data: colours(24),
    options: { batchSize: 10, shards: 6, frozen: ['stem', 'branch', 'last.9'] },
    batches: [10],
  },
  'a Linear and convolutions of which the bias alone is trained, or the weight': {
    network: () => new Small(),
    data: colours(24),
    options: { batchSize: 10, shards: 6, frozen: ['last.4.weight', 'last.6.weight', 'last.9.bias', 'last.1.bias'] },
    batches: [10, 10],
  },
  'batches of three samples and less, of which some machines have none': {
    network: specified,
    data: grey,
    options: { batchSize: 3, shards: 4 },
    batches: [3, 2],
  },
  'MSELoss, with mixed images': regression(new MSELoss(), { augmentation: readAugmentation({ mixup: 0.4 }) }),
  L1Loss: regression(new L1Loss()),
  SmoothL1Loss: regression(new SmoothL1Loss({ beta: 0.5 })),
  BCEWithLogitsLoss: regression(new BCEWithLogitsLoss()),
  'floats for each pixel': {
    network: () => new Sequential([new Conv2d(2, 8, 3, { padding: 1 }), new BatchNorm2d(8), new Conv2d(8, 2, 1)]),
    data: floats([2, 8, 8]),
    options: { batchSize: 9, shards: 4, loss: lossConfig(new MSELoss()) },
    batches: [9, 9],
  },
};
