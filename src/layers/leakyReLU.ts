import type { OnnxOperator } from '../formats/onnxOperator.js';
import { inRange, nothingElse } from '../validate.js';
import { planFromInput, planInPlace } from './elementwise.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';

/** y = x where x > 0, else x·negativeSlope, as torch.nn.LeakyReLU. Works in place where the slope is not negative: then the
 * output is above 0 where the input is. Maas et al., 2013. */
export class LeakyReLU extends Layer {
  readonly type: string = 'LeakyReLU';
  override readonly inPlace: 'rectified' | false;

  constructor(
    readonly negativeSlope = 0.01,
    ...others: never[]
  ) {
    super();
    nothingElse('new LeakyReLU(negativeSlope)', others);
    inRange('LeakyReLU negativeSlope', negativeSlope, -Number.MAX_VALUE, Number.MAX_VALUE);
    this.inPlace = negativeSlope >= 0 ? 'rectified' : false;
  }

  arguments() {
    return [this.negativeSlope];
  }

  describe(): string {
    return `LeakyReLU(negative_slope=${this.negativeSlope})`;
  }

  override onnx(): OnnxOperator {
    return { opType: 'LeakyRelu', attributes: { alpha: { float: this.negativeSlope } } };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { kernels } = planner;
    const { negativeSlope } = this;
    const value = (x: Float32Array, y: Float32Array) => kernels.leakyRelu(x, negativeSlope, y);
    const gradient = (left: Float32Array, dy: Float32Array, dx: Float32Array) =>
      kernels.leakyReluBackward(left, negativeSlope, dy, dx);
    return this.inPlace
      ? planInPlace(input, value, gradient, 'rectified')
      : planFromInput(input, planner, value, gradient);
  }
}
