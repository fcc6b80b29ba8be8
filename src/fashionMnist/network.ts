import { HeddleError } from '../errors.js';
import { BatchNorm2d } from '../layers/batchNorm2d.js';
import { Conv2d } from '../layers/conv2d.js';
import { Dropout } from '../layers/dropout.js';
import { Flatten } from '../layers/flatten.js';
import { Linear } from '../layers/linear.js';
import { MaxPool2d } from '../layers/maxPool2d.js';
import { ReLU } from '../layers/relu.js';
import { Sequential } from '../network/sequential.js';
import type { Shape } from '../tensor/shape.js';
import { kindOf, options, wholeNumber } from '../validate.js';

export interface FashionNetOptions {
  /** The probability of the Dropouts, default 0.1. */
  dropout?: number;
  /** Default 10. */
  numClasses?: number;
  /** [channels, height, width], the lengths 4 or more; default [1, 28, 28]. */
  inputShape?: Shape;
}

/** The network that heddle was built to train: 4,280,906 parameters for images of 1×28×28 pixels in ten classes. */
export function fashionNet(given?: FashionNetOptions): Sequential {
  const form = 'fashionNet({ dropout, numClasses, inputShape })';
  const defaults = { dropout: 0.1, numClasses: 10, inputShape: fashionNetInput };
  const { dropout, numClasses, inputShape } = options(form, given, defaults);
  wholeNumber('fashionNet numClasses', numClasses, 1);
  const [channels, height, width] = checkInputShape(inputShape);
  return new Sequential({
    block1: new Sequential([
      new Conv2d(channels, 64, 3, { padding: 1 }),
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
    classifier: new Sequential([
      new Flatten(),
      new Linear(128 * Math.floor(height / 4) * Math.floor(width / 4), 640),
      new ReLU(),
      new Linear(640, numClasses),
    ]),
  });
}

function checkInputShape(shape: Shape): Shape {
  if (!Array.isArray(shape) || shape.length !== 3)
    throw new HeddleError('ARGUMENT', `fashionNet inputShape must be [channels, height, width], not ${kindOf(shape)}`);
  const [channels, ...lengths] = shape;
  wholeNumber('fashionNet inputShape: channels', channels, 1);
  for (const length of lengths) wholeNumber('fashionNet inputShape: height and width', length, 4);
  return shape;
}

/** The shape of its input: [channels, height, width]. */
export const fashionNetInput = [1, 28, 28] as const;
