import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { nothingElse, required, wholeNumber } from '../validate.js';
import { planInPlace } from './elementwise.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';

const FORM = 'new Softmax(dim)';

/** y = eˣ / Σ eˣ along a dimension, as torch.nn.Softmax: the channels of an image or the features of a sample, dimension 1,
 * which is also −3 or −1. Works in place. */
export class Softmax extends Layer {
  readonly type: string = 'Softmax';
  override readonly inPlace = true;

  constructor(
    readonly dim: number,
    ...others: never[]
  ) {
    super();
    required(FORM, { dim });
    nothingElse(FORM, others);
    wholeNumber('Softmax dim', dim, -4, 3);
  }

  arguments() {
    return [this.dim];
  }

  describe(): string {
    return `Softmax(dim=${this.dim})`;
  }

  override outputShape(input: Shape): Shape {
    const fromEnd = -input.length;
    if (this.dim !== 1 && this.dim !== fromEnd)
      throw new HeddleError(
        'SHAPE',
        `got an input of shape ${formatShape(input)}, whose channels are dim 1 or ${fromEnd}, and softmax is there along ` +
          `these alone; write new Softmax(1)`,
      );
    return input;
  }

  override onnx(): OnnxOperator {
    return { opType: 'Softmax', attributes: { axis: { int: this.dim } } };
  }

  plan(input: Activation, { kernels }: Planner): LayerPlan {
    const [channels] = input.shape;
    return planInPlace(
      input,
      (x, y) => kernels.softmax(x, x.length / channels, channels, y),
      (y, dy, dx) => kernels.softmaxBackward(y, dy, y.length / channels, channels, dx),
    );
  }
}
