import { BatchNorm2d } from '../layers/batchNorm2d.js';
import { Conv2d } from '../layers/conv2d.js';
import { Dropout } from '../layers/dropout.js';
import { Flatten } from '../layers/flatten.js';
import { Linear } from '../layers/linear.js';
import { MaxPool2d } from '../layers/maxPool2d.js';
import { ReLU } from '../layers/relu.js';
import { Sequential } from '../network/sequential.js';
import { options } from '../validate.js';

/** The network that heddle was built to train: 4,280,906 parameters for images of 1×28×28 pixels in ten classes. */
export function fashionNet(given?: { dropout?: number }): Sequential {
  const { dropout } = options('fashionNet({ dropout })', given, { dropout: 0.1 });
  return new Sequential({
    block1: new Sequential([
      new Conv2d(1, 64, 3, { padding: 1 }),
      new ReLU(),
      new BatchNorm2d(64),
      new Conv2d(64, 64, 3, { padding: 1 }),
      new ReLU(),
      new BatchNorm2d(64),
      new MaxPool2d(2, { stride: 2 }),
      new Dropout(dropout),
    ]),
    block2: new Sequential([
      new Conv2d(64, 128, 3, { padding: 1 }),
      new ReLU(),
      new Dropout(dropout),
      new BatchNorm2d(128),
      new Conv2d(128, 128, 3, { padding: 1 }),
      new ReLU(),
      new BatchNorm2d(128),
      new MaxPool2d(2, { stride: 2 }),
      new Dropout(dropout),
    ]),
    classifier: new Sequential([new Flatten(), new Linear(6272, 640), new ReLU(), new Linear(640, 10)]),
  });
}

/** The shape of its input: [channels, height, width]. */
export const fashionNetInput = [1, 28, 28] as const;
