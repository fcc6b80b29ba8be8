import {
  BatchNorm2d,
  Conv2d,
  type Dataset,
  Dropout,
  Flatten,
  type Layer,
  Linear,
  MaxPool2d,
  type Module,
  ReLU,
  Sequential,
  type Shape,
  tensorDataset,
} from 'heddle';
import { lenet5, mobilenetV2, resnet18 } from 'heddle/networks';
import { sizeOf } from '../../../src/tensor/shape.js';

/** A network that all engines run; networks.py has the same ones under the same names. */
export interface Network {
  readonly title: string;
  readonly inputShape: Shape;
  readonly batch: number;
  /** @param dropout in place of the network's own probability; 0 makes a training step that engines can be compared by */
  create(dropout?: number): Module;
}

const pool = () => new MaxPool2d(2);

function biased(inputs: number, outputs: number): Conv2d {
  return new Conv2d(inputs, outputs, 3, { padding: 1 });
}

/** A convolution, BatchNorm and ReLU. */
function block(inputs: number, outputs: number, kernel = 3, stride = 1): Layer[] {
  const convolution = new Conv2d(inputs, outputs, kernel, { stride, padding: (kernel - 1) / 2, bias: false });
  return [convolution, new BatchNorm2d(outputs), new ReLU()];
}

function fashionNet(dropout = 0.1): Module {
  return new Sequential([
    biased(1, 64),
    new ReLU(),
    new BatchNorm2d(64),
    biased(64, 64),
    new ReLU(),
    new BatchNorm2d(64),
    pool(),
    new Dropout(dropout),
    biased(64, 128),
    new ReLU(),
    new Dropout(dropout),
    new BatchNorm2d(128),
    biased(128, 128),
    new ReLU(),
    new BatchNorm2d(128),
    pool(),
    new Dropout(dropout),
    new Flatten(),
    new Linear(6272, 640),
    new ReLU(),
    new Linear(640, 10),
  ]);
}

function perceptron(): Module {
  const [first, second, last] = [new Linear(784, 512), new Linear(512, 512), new Linear(512, 10)];
  return new Sequential([new Flatten(), first, new ReLU(), second, new ReLU(), last]);
}

function convolutions(): Module {
  return new Sequential([
    ...block(3, 32),
    ...block(32, 32),
    pool(),
    ...block(32, 64),
    ...block(64, 64),
    pool(),
    ...block(64, 128),
    ...block(128, 128),
    pool(),
    new Flatten(),
    new Linear(2048, 256),
    new ReLU(),
    new Linear(256, 10),
  ]);
}

function strided(): Module {
  return new Sequential([
    ...block(3, 64),
    ...block(64, 128, 3, 2),
    ...block(128, 256, 3, 2),
    ...block(256, 256, 3, 2),
    new Flatten(),
    new Linear(4096, 10),
  ]);
}

function pointwise(): Module {
  return new Sequential([
    ...block(3, 64, 3, 2),
    ...block(64, 256, 1),
    ...block(256, 64, 1),
    ...block(64, 256, 1),
    ...block(256, 64, 1),
    pool(),
    new Flatten(),
    new Linear(4096, 10),
  ]);
}

function vgg11(): Module {
  return new Sequential([
    ...block(3, 64),
    pool(),
    ...block(64, 128),
    pool(),
    ...block(128, 256),
    ...block(256, 256),
    pool(),
    ...block(256, 512),
    ...block(512, 512),
    pool(),
    ...block(512, 512),
    ...block(512, 512),
    pool(),
    new Flatten(),
    new Linear(512, 10),
  ]);
}

const [grey, colour] = [
  [1, 28, 28],
  [3, 32, 32],
] as const;
const numClasses = 10;

export const networks: Readonly<Record<string, Network>> = {
  fashionNet: { title: 'the specified network', inputShape: grey, batch: 100, create: fashionNet },
  perceptron: { title: 'multilayer perceptron 784-512-512-10', inputShape: grey, batch: 128, create: perceptron },
  lenet5: { title: 'LeNet-5', inputShape: grey, batch: 64, create: () => lenet5() },
  convolutions: { title: '6 convolutions with BatchNorm', inputShape: colour, batch: 64, create: convolutions },
  strided: { title: '3×3 convolutions of stride 2', inputShape: colour, batch: 64, create: strided },
  pointwise: { title: '1×1 convolutions', inputShape: colour, batch: 64, create: pointwise },
  vgg11: { title: 'VGG-11 with BatchNorm', inputShape: colour, batch: 64, create: vgg11 },
  resnet18: { title: 'ResNet-18', inputShape: colour, batch: 64, create: () => resnet18({ numClasses }) },
  resnet18SmallImages: {
    title: 'ResNet-18 for small images',
    inputShape: colour,
    batch: 64,
    create: () => resnet18({ numClasses, smallImages: true }),
  },
  mobilenetV2: {
    title: 'MobileNetV2',
    inputShape: colour,
    batch: 64,
    create: (dropout = 0.2) => mobilenetV2({ numClasses, dropout }),
  },
};

/** So small that thousands of steps on noise do not diverge. */
export const LEARNING_RATE = 0.01;

/** Images of noise, which take as long as any others, for some batches; the classes follow each other. */
export function noise({ inputShape, batch }: Network, batches: number): Dataset {
  const shape = [batches * batch, ...inputShape];
  let state = 1;
  const data = new Uint8Array(sizeOf(shape)).map(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0; // a linear congruential generator: Numerical Recipes
    return state >>> 24;
  });
  return tensorDataset(
    { data, shape },
    Uint8Array.from({ length: shape[0] }, (_, i) => i % numClasses),
  );
}
