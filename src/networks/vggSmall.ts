import { Module } from '../graph/module.js';
import type { Value } from '../graph/value.js';
import { AdaptiveAvgPool2d } from '../layers/adaptiveAvgPool2d.js';
import { BatchNorm2d } from '../layers/batchNorm2d.js';
import { flatten } from '../layers/functions.js';
import { Linear } from '../layers/linear.js';
import { MaxPool2d } from '../layers/maxPool2d.js';
import { ReLU } from '../layers/relu.js';
import { Sequential } from '../network/sequential.js';
import { options, wholeNumber } from '../validate.js';
import { convolution } from './convolution.js';

export interface VGGSmallOptions {
  /** Default 10. */
  numClasses?: number;
  /** Of the input, default 3. */
  inChannels?: number;
}

/** The channels of each block's convolutions. */
const widths = [32, 64, 128, 256];

/** For small pictures, and few of them: blocks of two 3×3 convolutions with a pooling between, as in VGG (Simonyan and Zisserman,
 * 2014, arXiv:1409.1556), with BatchNorm and, before the one Linear, the mean over the image (Lin, Chen and Yan, 2013,
 * arXiv:1312.4400): some 1.17 million parameters. Images have 8×8 pixels or more. */
export class VGGSmall extends Module {
  static override readonly name: string = 'VGGSmall';
  readonly features: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly classifier: Sequential;

  constructor(given: VGGSmallOptions | undefined) {
    super();
    const defaults = { numClasses: 10, inChannels: 3 };
    const { numClasses, inChannels } = options('vggSmall({ numClasses, inChannels })', given, defaults);
    wholeNumber('vggSmall numClasses', numClasses, 1);
    wholeNumber('vggSmall inChannels', inChannels, 1);
    this.features = featuresOf(inChannels);
    this.classifier = new Sequential([new Linear(widths[widths.length - 1], numClasses)]);
  }

  forward(x: Value): Value {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x))));
  }
}

function featuresOf(inChannels: number): Sequential {
  let inputs = inChannels;
  const blocks = widths.map((width, block) => {
    const pooling = block === 0 ? [] : [new MaxPool2d(2, { stride: 2 })];
    const layers = [...pooling, ...convolved(inputs, width), ...convolved(width, width)];
    inputs = width;
    return layers;
  });
  return new Sequential(blocks.flat());
}

const convolved = (inputs: number, outputs: number) => [
  convolution(inputs, outputs, 3),
  new BatchNorm2d(outputs),
  new ReLU(),
];

export const vggSmall = (options?: VGGSmallOptions): VGGSmall => new VGGSmall(options);
