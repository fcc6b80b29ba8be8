import { Module } from '../graph/module.js';
import type { Value } from '../graph/value.js';
import { BatchNorm2d } from '../layers/batchNorm2d.js';
import { Dropout } from '../layers/dropout.js';
import { adaptiveAvgPool2d, add, flatten } from '../layers/functions.js';
import { Linear } from '../layers/linear.js';
import { ReLU6 } from '../layers/relu6.js';
import { Sequential } from '../network/sequential.js';
import { options, wholeNumber } from '../validate.js';
import { conv2dNormActivation, convolution } from './convolution.js';

// Sandler, Howard, Zhu, Zhmoginov and Chen, 2018 (arXiv:1801.04381), table 2, as torchvision has it.

export interface MobileNetV2Options {
  /** Default 1000. */
  numClasses?: number;
  /** Of the input, default 3. torchvision's have 3 alone. */
  inChannels?: number;
  /** The probability of Dropout, default 0.2. */
  dropout?: number;
}

/** Blocks of one row: how many times as wide they are inside, their channels, how many they are, the stride of the first. */
const table = [
  { expansion: 1, channels: 16, count: 1, stride: 1 },
  { expansion: 6, channels: 24, count: 2, stride: 2 },
  { expansion: 6, channels: 32, count: 3, stride: 2 },
  { expansion: 6, channels: 64, count: 4, stride: 2 },
  { expansion: 6, channels: 96, count: 3, stride: 1 },
  { expansion: 6, channels: 160, count: 3, stride: 2 },
  { expansion: 6, channels: 320, count: 1, stride: 1 },
] as const;

const FIRST_CHANNELS = 32;
const LAST_CHANNELS = 1280;

/** Widens its input by a convolution of one pixel, convolves each channel by itself, and narrows again. */
class InvertedResidual extends Module {
  static override readonly name: string = 'InvertedResidual';
  readonly conv: Sequential;
  private readonly residual: boolean;

  constructor(inputs: number, outputs: number, stride: number, expansion: number) {
    super();
    const width = inputs * expansion;
    const widen = conv2dNormActivation(convolution(inputs, width, 1), new ReLU6());
    const layers = [
      conv2dNormActivation(convolution(width, width, 3, { stride, groups: width }), new ReLU6()),
      convolution(width, outputs, 1),
      new BatchNorm2d(outputs),
    ];
    this.conv = new Sequential(expansion === 1 ? layers : [widen, ...layers]);
    this.residual = stride === 1 && inputs === outputs;
  }

  forward(x: Value): Value {
    const y = this.conv.forward(x);
    return this.residual ? add(x, y) : y;
  }
}

export class MobileNetV2 extends Module {
  static override readonly name: string = 'MobileNetV2';
  readonly features: Sequential;
  readonly classifier: Sequential;

  constructor(given: MobileNetV2Options | undefined) {
    super();
    const defaults = { numClasses: 1000, inChannels: 3, dropout: 0.2 };
    const form = 'mobilenetV2({ numClasses, inChannels, dropout })';
    const { numClasses, inChannels, dropout } = options(form, given, defaults);
    wholeNumber('mobilenetV2 numClasses', numClasses, 1);
    wholeNumber('mobilenetV2 inChannels', inChannels, 1);
    let inputs = FIRST_CHANNELS;
    const blocks = table.flatMap(({ expansion, channels, count, stride }) =>
      Array.from({ length: count }, (_, i) => {
        const block = new InvertedResidual(inputs, channels, i === 0 ? stride : 1, expansion);
        inputs = channels;
        return block;
      }),
    );
    this.features = new Sequential([
      conv2dNormActivation(convolution(inChannels, FIRST_CHANNELS, 3, { stride: 2 }), new ReLU6()),
      ...blocks,
      conv2dNormActivation(convolution(inputs, LAST_CHANNELS, 1), new ReLU6()),
    ]);
    const initial = { weight: { normal: 0.01 }, bias: { constant: 0 } };
    this.classifier = new Sequential([new Dropout(dropout), new Linear(LAST_CHANNELS, numClasses, { initial })]);
  }

  forward(x: Value): Value {
    return this.classifier.forward(flatten(adaptiveAvgPool2d(this.features.forward(x), 1)));
  }
}

export const mobilenetV2 = (options?: MobileNetV2Options): MobileNetV2 => new MobileNetV2(options);
