import { Module } from '../graph/module.js';
import type { Value } from '../graph/value.js';
import { AdaptiveAvgPool2d } from '../layers/adaptiveAvgPool2d.js';
import { BatchNorm2d } from '../layers/batchNorm2d.js';
import type { Conv2d } from '../layers/conv2d.js';
import { add, flatten, relu } from '../layers/functions.js';
import { Identity } from '../layers/identity.js';
import { Linear } from '../layers/linear.js';
import { MaxPool2d } from '../layers/maxPool2d.js';
import { Sequential } from '../network/sequential.js';
import { flag, options, wholeNumber } from '../validate.js';
import { convolution } from './convolution.js';

// He, Zhang, Ren and Sun, 2015 (arXiv:1512.03385), table 1, as torchvision has it.

export interface ResNetOptions {
  /** Default 1000. */
  numClasses?: number;
  /** Of the input, default 3. torchvision's have 3 alone. */
  inChannels?: number;
  /** For 32×32 pixels: the first convolution is 3×3 of stride 1, and no pooling follows it. Default false. */
  smallImages?: boolean;
}

/** Two 3×3 convolutions, whose result is added to their input. */
class BasicBlock extends Module {
  static override readonly name: string = 'BasicBlock';
  static readonly expansion = 1;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | undefined;

  constructor(inputs: number, width: number, stride: number) {
    super();
    this.conv1 = convolution(inputs, width, 3, { stride });
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3);
    this.bn2 = new BatchNorm2d(width);
    this.downsample = downsample(inputs, width, stride);
  }

  forward(x: Value): Value {
    const y = relu(this.bn1.forward(this.conv1.forward(x)));
    const z = this.bn2.forward(this.conv2.forward(y));
    return relu(add(z, this.downsample?.forward(x) ?? x));
  }
}

/** A 3×3 convolution between two of one pixel, which narrow its input and widen its output. The stride is the 3×3 one's, as
 * in torchvision; in the paper it is the first one's. */
class Bottleneck extends Module {
  static override readonly name: string = 'Bottleneck';
  static readonly expansion = 4;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly downsample: Sequential | undefined;

  constructor(inputs: number, width: number, stride: number) {
    super();
    const outputs = width * Bottleneck.expansion;
    this.conv1 = convolution(inputs, width, 1);
    this.bn1 = new BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3, { stride });
    this.bn2 = new BatchNorm2d(width);
    this.conv3 = convolution(width, outputs, 1);
    this.bn3 = new BatchNorm2d(outputs);
    this.downsample = downsample(inputs, outputs, stride);
  }

  forward(x: Value): Value {
    const y = relu(this.bn1.forward(this.conv1.forward(x)));
    const z = relu(this.bn2.forward(this.conv2.forward(y)));
    return relu(add(this.bn3.forward(this.conv3.forward(z)), this.downsample?.forward(x) ?? x));
  }
}

/** What gives a block's input the shape of its output, if that is another. */
const downsample = (inputs: number, outputs: number, stride: number) =>
  stride === 1 && inputs === outputs
    ? undefined
    : new Sequential([convolution(inputs, outputs, 1, { stride }), new BatchNorm2d(outputs)]);

type Block = typeof BasicBlock | typeof Bottleneck;

/** Blocks of one width; the first has the stride. */
function blocksOf(type: Block, inputs: number, width: number, count: number, stride: number): Sequential {
  const others = Array.from({ length: count - 1 }, () => new type(width * type.expansion, width, 1));
  return new Sequential([new type(inputs, width, stride), ...others]);
}

export class ResNet extends Module {
  static override readonly name: string = 'ResNet';
  readonly conv1: Conv2d;
  readonly bn1 = new BatchNorm2d(64);
  readonly maxpool: MaxPool2d | Identity;
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly layer4: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc: Linear;

  constructor(name: string, type: Block, counts: readonly number[], given: ResNetOptions | undefined) {
    super();
    const defaults = { numClasses: 1000, inChannels: 3, smallImages: false };
    const form = `${name}({ numClasses, inChannels, smallImages })`;
    const { numClasses, inChannels, smallImages } = options(form, given, defaults);
    wholeNumber(`${name} numClasses`, numClasses, 1);
    wholeNumber(`${name} inChannels`, inChannels, 1);
    flag(`${name} smallImages`, smallImages);
    this.conv1 = smallImages ? convolution(inChannels, 64, 3) : convolution(inChannels, 64, 7, { stride: 2 });
    this.maxpool = smallImages ? new Identity() : new MaxPool2d(3, { stride: 2, padding: 1 });
    this.layer1 = blocksOf(type, 64, 64, counts[0], 1);
    this.layer2 = blocksOf(type, 64 * type.expansion, 128, counts[1], 2);
    this.layer3 = blocksOf(type, 128 * type.expansion, 256, counts[2], 2);
    this.layer4 = blocksOf(type, 256 * type.expansion, 512, counts[3], 2);
    this.fc = new Linear(512 * type.expansion, numClasses);
  }

  forward(x: Value): Value {
    const stem = this.maxpool.forward(relu(this.bn1.forward(this.conv1.forward(x))));
    const layers = [this.layer1, this.layer2, this.layer3, this.layer4];
    const y = layers.reduce((value, layer) => layer.forward(value), stem);
    return this.fc.forward(flatten(this.avgpool.forward(y)));
  }
}

export const resnet18 = (options?: ResNetOptions): ResNet => new ResNet('resnet18', BasicBlock, [2, 2, 2, 2], options);

export const resnet34 = (options?: ResNetOptions): ResNet => new ResNet('resnet34', BasicBlock, [3, 4, 6, 3], options);

export const resnet50 = (options?: ResNetOptions): ResNet => new ResNet('resnet50', Bottleneck, [3, 4, 6, 3], options);
