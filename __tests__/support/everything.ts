import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  add,
  BatchNorm1d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  concat,
  Dropout,
  Dropout2d,
  Flatten,
  GELU,
  GroupNorm,
  Hardsigmoid,
  Hardswish,
  Identity,
  LayerNorm,
  LeakyReLU,
  Linear,
  MaxPool2d,
  Module,
  mul,
  ReLU,
  ReLU6,
  Sequential,
  Sigmoid,
  SiLU,
  Softmax,
  StochasticDepth,
  Tanh,
  Unflatten,
  Upsample,
  type Value,
} from '../../dist/index.js';

/** A network of every layer there is, for images of 2×9×9 pixels in three classes; it stands in dist/, for threads. */
export class Everything extends Module {
  readonly stem = new Sequential([new Conv2d(2, 8, 3, { padding: 1 }), new BatchNorm2d(8), new ReLU()]);
  readonly body = new Sequential([
    new Conv2d(8, 8, 3, { padding: 1 }),
    new ReLU(),
    new Dropout(0.1),
    new BatchNorm2d(8, { momentum: null }),
    new MaxPool2d(3, { stride: 2, padding: 1, ceilMode: true }),
  ]);
  readonly depthwise = new Sequential([
    new Conv2d(8, 8, 3, { padding: 1, groups: 8, bias: false }),
    new BatchNorm2d(8, { affine: false }),
    new ReLU6(),
    new StochasticDepth(0.2, 'row'),
  ]);
  readonly grouped = new Sequential([
    new Conv2d(8, 12, 3, { padding: 2, dilation: 2, groups: 2 }),
    new GroupNorm(3, 12),
    new SiLU(),
    new Dropout2d(0.1),
    new Conv2d(12, 8, 1),
    new Hardswish(),
    new StochasticDepth(0.1, 'batch'),
  ]);
  readonly gate = new Sequential([
    new AdaptiveAvgPool2d(1),
    new Flatten(),
    new Linear(8, 4),
    new GELU(),
    new Linear(4, 8),
    new Hardsigmoid(),
    new Unflatten([8, 1, 1]),
  ]);
  readonly decoder = new Sequential([
    new ConvTranspose2d(8, 5, 2, { stride: 2 }),
    new LeakyReLU(0.1),
    new LayerNorm([10, 10]),
    new AvgPool2d(2, { padding: 1 }),
    new Upsample({ size: [5, 5], mode: 'bilinear' }),
    new BatchNorm2d(5, { trackRunningStats: false }),
    new Tanh(),
  ]);
  /** Stands at two places. */
  readonly mixer = new Sequential([
    new Conv2d(8, 8, 3, { padding: 1 }),
    new Sigmoid(),
    new Upsample({ scaleFactor: 1 }),
  ]);
  readonly classifier = new Sequential([
    new AdaptiveAvgPool2d([2, 3]),
    new Flatten(),
    new Linear(13 * 6, 17),
    new BatchNorm1d(17),
    new GELU({ approximate: 'tanh' }),
    new LayerNorm(17),
    new Identity(),
    new Linear(17, 6),
    new Softmax(1),
    new Linear(6, 3),
  ]);

  forward(x: Value): Value {
    const y = this.body.forward(this.stem.forward(x));
    const residual = add(this.depthwise.forward(y), this.grouped.forward(y));
    const gated = mul(residual, this.gate.forward(residual));
    const mixed = add(this.mixer.forward(gated), this.mixer.forward(y));
    return this.classifier.forward(concat([mixed, this.decoder.forward(gated)]));
  }
}
