import { Module } from '../graph/module.js';
import type { Value } from '../graph/value.js';
import { AdaptiveAvgPool2d } from '../layers/adaptiveAvgPool2d.js';
import type { Conv2d } from '../layers/conv2d.js';
import { Dropout } from '../layers/dropout.js';
import { add, flatten, mul, sigmoid, silu } from '../layers/functions.js';
import { Linear } from '../layers/linear.js';
import { SiLU } from '../layers/silu.js';
import { StochasticDepth } from '../layers/stochasticDepth.js';
import { Sequential } from '../network/sequential.js';
import { inRange, options, wholeNumber } from '../validate.js';
import { conv2dNormActivation, convolution } from './convolution.js';

// Tan and Le, 2019 (arXiv:1905.11946), table 1, as torchvision has it.

export interface EfficientNetOptions {
  /** Default 1000. */
  numClasses?: number;
  /** Of the input, default 3. torchvision's have 3 alone. */
  inChannels?: number;
  /** The probability of Dropout, default 0.2. */
  dropout?: number;
  /** What the probability of StochasticDepth grows to from 0, block by block, default 0.2. */
  stochasticDepthProb?: number;
}

/** Blocks of one row: how many times as wide they are inside, the kernel, their channels, how many they are, the stride of the
 * first. */
const table = [
  { expansion: 1, kernelSize: 3, channels: 16, count: 1, stride: 1 },
  { expansion: 6, kernelSize: 3, channels: 24, count: 2, stride: 2 },
  { expansion: 6, kernelSize: 5, channels: 40, count: 2, stride: 2 },
  { expansion: 6, kernelSize: 3, channels: 80, count: 3, stride: 2 },
  { expansion: 6, kernelSize: 5, channels: 112, count: 3, stride: 1 },
  { expansion: 6, kernelSize: 5, channels: 192, count: 4, stride: 2 },
  { expansion: 6, kernelSize: 3, channels: 320, count: 1, stride: 1 },
] as const;

const FIRST_CHANNELS = 32;
const LAST_CHANNELS = 1280;
const BLOCKS = table.reduce((sum, { count }) => sum + count, 0);

/** Multiplies each channel by a number in 0 … 1 that two layers make of all channels' means. Hu et al., 2017 (arXiv:1709.01507). */
class SqueezeExcitation extends Module {
  static override readonly name: string = 'SqueezeExcitation';
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc1: Conv2d;
  readonly fc2: Conv2d;

  constructor(channels: number, squeezed: number) {
    super();
    this.fc1 = convolution(channels, squeezed, 1, { bias: true });
    this.fc2 = convolution(squeezed, channels, 1, { bias: true });
  }

  forward(x: Value): Value {
    const y = silu(this.fc1.forward(this.avgpool.forward(x)));
    return mul(sigmoid(this.fc2.forward(y)), x);
  }
}

interface BlockSettings {
  readonly inputs: number;
  readonly outputs: number;
  readonly expansion: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly stochasticDepthProb: number;
}

/** Widens its input, convolves each channel by itself, weights the channels, and narrows again. */
class MBConv extends Module {
  static override readonly name: string = 'MBConv';
  readonly block: Sequential;
  /** As torchvision spells it. */
  readonly stochastic_depth: StochasticDepth | undefined;

  constructor({ inputs, outputs, expansion, kernelSize, stride, stochasticDepthProb }: BlockSettings) {
    super();
    const width = inputs * expansion;
    const widen = conv2dNormActivation(convolution(inputs, width, 1), new SiLU());
    const layers = [
      conv2dNormActivation(convolution(width, width, kernelSize, { stride, groups: width }), new SiLU()),
      new SqueezeExcitation(width, Math.floor(inputs / 4)),
      conv2dNormActivation(convolution(width, outputs, 1)),
    ];
    this.block = new Sequential(expansion === 1 ? layers : [widen, ...layers]);
    if (stride === 1 && inputs === outputs) this.stochastic_depth = new StochasticDepth(stochasticDepthProb, 'row');
  }

  forward(x: Value): Value {
    const y = this.block.forward(x);
    return this.stochastic_depth ? add(this.stochastic_depth.forward(y), x) : y;
  }
}

/** A Sequential for each row of the table. */
function stagesOf(stochasticDepthProb: number): Sequential[] {
  let [inputs, place] = [FIRST_CHANNELS, 0];
  return table.map(({ expansion, kernelSize, channels, count, stride }) => {
    const blocks = Array.from({ length: count }, (_, i) => {
      const block = new MBConv({
        inputs,
        outputs: channels,
        expansion,
        kernelSize,
        stride: i === 0 ? stride : 1,
        stochasticDepthProb: (stochasticDepthProb * place++) / BLOCKS,
      });
      inputs = channels;
      return block;
    });
    return new Sequential(blocks);
  });
}

export class EfficientNet extends Module {
  static override readonly name: string = 'EfficientNet';
  readonly features: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly classifier: Sequential;

  constructor(given: EfficientNetOptions | undefined) {
    super();
    const form = 'efficientnetB0({ numClasses, inChannels, dropout, stochasticDepthProb })';
    const defaults = { numClasses: 1000, inChannels: 3, dropout: 0.2, stochasticDepthProb: 0.2 };
    const { numClasses, inChannels, dropout, stochasticDepthProb } = options(form, given, defaults);
    wholeNumber('efficientnetB0 numClasses', numClasses, 1);
    wholeNumber('efficientnetB0 inChannels', inChannels, 1);
    inRange('efficientnetB0 stochasticDepthProb', stochasticDepthProb, 0, 1);
    this.features = new Sequential([
      conv2dNormActivation(convolution(inChannels, FIRST_CHANNELS, 3, { stride: 2 }), new SiLU()),
      ...stagesOf(stochasticDepthProb),
      conv2dNormActivation(convolution(table[table.length - 1].channels, LAST_CHANNELS, 1), new SiLU()),
    ]);
    const initial = { weight: { uniform: 1 / Math.sqrt(numClasses) }, bias: { constant: 0 } };
    this.classifier = new Sequential([new Dropout(dropout), new Linear(LAST_CHANNELS, numClasses, { initial })]);
  }

  forward(x: Value): Value {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x))));
  }
}

export const efficientnetB0 = (options?: EfficientNetOptions): EfficientNet => new EfficientNet(options);
