import { Module } from '../graph/module.js';
import type { Value } from '../graph/value.js';
import { Conv2d } from '../layers/conv2d.js';
import { flatten, maxPool2d, relu } from '../layers/functions.js';
import { Linear } from '../layers/linear.js';
import { options, wholeNumber } from '../validate.js';

/** LeCun, Bottou, Bengio and Haffner, 1998, "Gradient-based learning applied to document recognition", figure 2, as it is
 * commonly written in PyTorch: ReLU and max pooling in place of the scaled tanh and the trained subsampling, every map of the
 * second convolution connected to all of the first, and Linear in place of the Gaussian connections. For images of 1×28×28
 * pixels, of which the paper's 32×32 are padded ones. */
export class LeNet5 extends Module {
  static override readonly name: string = 'LeNet5';
  readonly conv1 = new Conv2d(1, 6, 5, { padding: 2 });
  readonly conv2 = new Conv2d(6, 16, 5);
  readonly fc1 = new Linear(16 * 5 * 5, 120);
  readonly fc2 = new Linear(120, 84);
  readonly fc3: Linear;

  constructor(given: LeNet5Options | undefined) {
    super();
    const { numClasses } = options('lenet5({ numClasses })', given, { numClasses: 10 });
    this.fc3 = new Linear(84, wholeNumber('lenet5 numClasses', numClasses, 1));
  }

  forward(x: Value): Value {
    const c1 = maxPool2d(relu(this.conv1.forward(x)), 2);
    const c2 = maxPool2d(relu(this.conv2.forward(c1)), 2);
    const f1 = relu(this.fc1.forward(flatten(c2)));
    return this.fc3.forward(relu(this.fc2.forward(f1)));
  }
}

export interface LeNet5Options {
  /** Default 10. */
  numClasses?: number;
}

export const lenet5 = (options?: LeNet5Options): LeNet5 => new LeNet5(options);
