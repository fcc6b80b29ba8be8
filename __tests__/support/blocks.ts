import {
  AdaptiveAvgPool2d,
  add,
  BatchNorm2d,
  Conv2d,
  concat,
  Flatten,
  flatten,
  Linear,
  MaxPool2d,
  Module,
  mul,
  ReLU,
  relu,
  Sequential,
  Sigmoid,
  sigmoid,
  Unflatten,
  type Value,
} from '../../dist/index.js';

/** The input of the networks below. */
export const blockInput = [2, 9, 7];
export const blockClasses = 3;

export class BasicBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | undefined;

  constructor(inputs: number, outputs: number, stride = 1) {
    super();
    this.conv1 = new Conv2d(inputs, outputs, 3, { stride, padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(outputs);
    this.conv2 = new Conv2d(outputs, outputs, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(outputs);
    if (stride !== 1 || inputs !== outputs)
      this.downsample = new Sequential([
        new Conv2d(inputs, outputs, 1, { stride, bias: false }),
        new BatchNorm2d(outputs),
      ]);
  }

  forward(x: Value): Value {
    const y = relu(this.bn1.forward(this.conv1.forward(x)));
    return relu(add(this.bn2.forward(this.conv2.forward(y)), this.downsample?.forward(x) ?? x));
  }
}

class ResNet extends Module {
  readonly conv1 = new Conv2d(2, 8, 3, { padding: 1, bias: false });
  readonly bn1 = new BatchNorm2d(8);
  readonly layer1 = new Sequential([new BasicBlock(8, 8), new BasicBlock(8, 16, 2)]);
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc = new Linear(16, blockClasses);

  forward(x: Value): Value {
    const y = this.layer1.forward(relu(this.bn1.forward(this.conv1.forward(x))));
    return this.fc.forward(flatten(this.avgpool.forward(y)));
  }
}

class DenseLayer extends Module {
  readonly norm: BatchNorm2d;
  readonly conv: Conv2d;

  constructor(inputs: number, growth: number) {
    super();
    this.norm = new BatchNorm2d(inputs);
    this.conv = new Conv2d(inputs, growth, 3, { padding: 1, bias: false });
  }

  forward(x: Value): Value {
    return concat([x, this.conv.forward(relu(this.norm.forward(x)))]);
  }
}

/** Each of its layers sees the channels of all before it. */
export class DenseBlock extends Module {
  readonly layers: readonly DenseLayer[];

  constructor(inputs: number, growths: readonly number[]) {
    super();
    const widths = growths.map((_, i) => growths.slice(0, i).reduce((sum, growth) => sum + growth, inputs));
    this.layers = growths.map((growth, i) => new DenseLayer(widths[i], growth));
  }

  forward(x: Value): Value {
    return this.layers.reduce((value, layer) => layer.forward(value), x);
  }
}

class DenseNet extends Module {
  readonly conv = new Conv2d(2, 8, 3, { stride: 2, padding: 1, bias: false });
  readonly block = new DenseBlock(8, [8, 8, 3]);
  readonly norm = new BatchNorm2d(27);
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly classifier = new Linear(27, blockClasses);

  forward(x: Value): Value {
    const y = relu(this.norm.forward(this.block.forward(this.conv.forward(x))));
    return this.classifier.forward(flatten(this.avgpool.forward(y)));
  }
}

export class SqueezeExcitation extends Module {
  readonly scale: Sequential;

  constructor(channels: number, hidden: number) {
    super();
    this.scale = new Sequential([
      new AdaptiveAvgPool2d(1),
      new Flatten(),
      new Linear(channels, hidden),
      new ReLU(),
      new Linear(hidden, channels),
      new Sigmoid(),
      new Unflatten([channels, 1, 1]),
    ]);
  }

  forward(x: Value): Value {
    return mul(x, this.scale.forward(x));
  }
}

/** The same with convolutions of one pixel in place of Linear, as torchvision has it. */
export class ConvSqueezeExcitation extends Module {
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc1: Conv2d;
  readonly fc2: Conv2d;

  constructor(channels: number, hidden: number) {
    super();
    this.fc1 = new Conv2d(channels, hidden, 1);
    this.fc2 = new Conv2d(hidden, channels, 1);
  }

  forward(x: Value): Value {
    const scale = sigmoid(this.fc2.forward(relu(this.fc1.forward(this.avgpool.forward(x)))));
    return mul(scale, x);
  }
}

class AttentionNet extends Module {
  readonly conv1 = new Conv2d(2, 8, 3, { padding: 1 });
  readonly attention: Module;
  readonly conv2 = new Conv2d(8, 5, 3, { stride: 2 });
  readonly fc = new Linear(60, blockClasses);

  constructor(attention: Module) {
    super();
    this.attention = attention;
  }

  forward(x: Value): Value {
    const y = this.conv2.forward(this.attention.forward(relu(this.conv1.forward(x))));
    return this.fc.forward(flatten(y));
  }
}

/** `again` has the modules of `block` under names of their own, `fc` is called twice. */
export class SharedNet extends Module {
  readonly conv: Conv2d;
  readonly block: Sequential;
  readonly again: Sequential;
  readonly avgpool = new AdaptiveAvgPool2d(1);
  readonly fc: Linear;
  readonly classifier: Linear;

  constructor(inputs: number, channels: number) {
    super();
    const shared = new Conv2d(channels, channels, 3, { padding: 1, bias: false });
    const norm = new BatchNorm2d(channels);
    this.conv = new Conv2d(inputs, channels, 3, { padding: 1 });
    this.block = new Sequential([shared, norm, new ReLU()]);
    this.again = new Sequential([shared, norm]);
    this.fc = new Linear(channels, channels);
    this.classifier = new Linear(channels, blockClasses);
  }

  forward(x: Value): Value {
    const images = this.again.forward(this.block.forward(relu(this.conv.forward(x))));
    const features = flatten(this.avgpool.forward(images));
    return this.classifier.forward(relu(this.fc.forward(relu(this.fc.forward(features)))));
  }
}

export const vggFeatures = (inputs: number, channels: number, outputs: number) =>
  new Sequential([
    new Conv2d(inputs, channels, 3, { padding: 1 }),
    new BatchNorm2d(channels),
    new ReLU(),
    new Conv2d(channels, outputs, 3, { padding: 1 }),
    new BatchNorm2d(outputs),
    new ReLU(),
    new MaxPool2d(2),
  ]);

class VGG extends Module {
  readonly features = vggFeatures(2, 8, 16);
  readonly classifier = new Linear(192, blockClasses);

  forward(x: Value): Value {
    return this.classifier.forward(flatten(this.features.forward(x)));
  }
}

/** The networks of golden/blocks_reference.py, by the names of its files; they stand in dist/, for threads. */
export const blockNetworks = {
  resNet: () => new ResNet(),
  denseNet: () => new DenseNet(),
  squeezeExcitation: () => new AttentionNet(new SqueezeExcitation(8, 4)),
  convSqueezeExcitation: () => new AttentionNet(new ConvSqueezeExcitation(8, 4)),
  sharedNet: () => new SharedNet(2, 8),
  vgg: () => new VGG(),
} satisfies Record<string, () => Module>;

export type BlockNetwork = keyof typeof blockNetworks;
export const blockNames = Object.keys(blockNetworks) as BlockNetwork[];
