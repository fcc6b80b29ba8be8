import { Module } from '../graph/module.js';
import type { Value } from '../graph/value.js';
import { AdaptiveAvgPool2d } from '../layers/adaptiveAvgPool2d.js';
import { BatchNorm2d } from '../layers/batchNorm2d.js';
import { Dropout } from '../layers/dropout.js';
import { flatten } from '../layers/functions.js';
import { Linear } from '../layers/linear.js';
import { MaxPool2d } from '../layers/maxPool2d.js';
import { ReLU } from '../layers/relu.js';
import { Sequential } from '../network/sequential.js';
import { options, wholeNumber } from '../validate.js';
import { convolution } from './convolution.js';

// Simonyan and Zisserman, 2014 (arXiv:1409.1556), table 1, with BatchNorm behind each convolution, as torchvision has it.

export interface VGGOptions {
  /** Default 1000. */
  numClasses?: number;
  /** Of the input, default 3. torchvision's have 3 alone. */
  inChannels?: number;
  /** The probability of Dropout, default 0.5. */
  dropout?: number;
}

/** The channels of 3×3 convolutions; a list of them ends with a pooling that halves the image. */
type Table = readonly (readonly number[])[];

/** For images of 32×32 pixels or more. */
export class VGG extends Module {
  static override readonly name: string = 'VGG';
  readonly features: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(7);
  readonly classifier: Sequential;

  constructor(name: string, table: Table, given: VGGOptions | undefined) {
    super();
    const defaults = { numClasses: 1000, inChannels: 3, dropout: 0.5 };
    const form = `${name}({ numClasses, inChannels, dropout })`;
    const { numClasses, inChannels, dropout } = options(form, given, defaults);
    wholeNumber(`${name} numClasses`, numClasses, 1);
    wholeNumber(`${name} inChannels`, inChannels, 1);
    this.features = featuresOf(table, inChannels);
    this.classifier = new Sequential([
      linear(512 * 7 * 7, 4096),
      new ReLU(),
      new Dropout(dropout),
      linear(4096, 4096),
      new ReLU(),
      new Dropout(dropout),
      linear(4096, numClasses),
    ]);
  }

  forward(x: Value): Value {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x))));
  }
}

function featuresOf(table: Table, inChannels: number): Sequential {
  let inputs = inChannels;
  const layers = table.flatMap((widths) => {
    const convolutions = widths.flatMap((outputs) => {
      const layer = convolution(inputs, outputs, 3, { bias: true });
      inputs = outputs;
      return [layer, new BatchNorm2d(outputs), new ReLU()];
    });
    return [...convolutions, new MaxPool2d(2, { stride: 2 })];
  });
  return new Sequential(layers);
}

const linear = (inputs: number, outputs: number) =>
  new Linear(inputs, outputs, { initial: { weight: { normal: 0.01 }, bias: { constant: 0 } } });

export const vgg11Bn = (options?: VGGOptions): VGG =>
  new VGG('vgg11Bn', [[64], [128], [256, 256], [512, 512], [512, 512]], options);

export const vgg16Bn = (options?: VGGOptions): VGG =>
  new VGG(
    'vgg16Bn',
    [
      [64, 64],
      [128, 128],
      [256, 256, 256],
      [512, 512, 512],
      [512, 512, 512],
    ],
    options,
  );
