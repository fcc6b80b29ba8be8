import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { flag, inRange, kindOf, options, required, wholeNumber } from '../validate.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';
import { epsilonText, flagText, tupleText } from './pythonText.js';
import { perElement, planSampleNorm } from './sampleNorm.js';

export interface LayerNormOptions {
  /** Added to the variance, default 1e-5. */
  eps?: number;
  /** Whether it has a weight and a bias for each element, default true. */
  elementwiseAffine?: boolean;
}

/** y = (x − mean) / √(variance + eps) · weight + bias over the last axes of a sample, [features], or [width], [height, width]
 * or [channels, height, width] of an image, as torch.nn.LayerNorm. Ba et al., 2016 (arXiv:1607.06450). */
export class LayerNorm extends Layer {
  readonly type: string = 'LayerNorm';
  readonly normalizedShape: Shape;
  readonly eps: number;
  readonly elementwiseAffine: boolean;

  /** @param normalizedShape the lengths of those axes, or the one of the last */
  constructor(normalizedShape: number | Shape, given?: LayerNormOptions, ...others: never[]) {
    super();
    const form = 'new LayerNorm(normalizedShape, { eps, elementwiseAffine })';
    required(form, { normalizedShape });
    const settings = options(form, given, { eps: 1e-5, elementwiseAffine: true }, others);
    this.normalizedShape = checkShape(normalizedShape);
    this.eps = inRange('LayerNorm eps', settings.eps, 0, Number.MAX_VALUE);
    this.elementwiseAffine = flag('LayerNorm elementwiseAffine', settings.elementwiseAffine);
  }

  arguments() {
    const { normalizedShape, eps, elementwiseAffine } = this;
    return [normalizedShape, { eps, elementwiseAffine }];
  }

  describe(): string {
    const { normalizedShape, eps, elementwiseAffine } = this;
    return `LayerNorm(${tupleText(normalizedShape)}, eps=${epsilonText(eps)}, elementwise_affine=${flagText(elementwiseAffine)})`;
  }

  override outputShape(input: Shape): Shape {
    const { normalizedShape } = this;
    if (input.slice(-normalizedShape.length).join() !== normalizedShape.join())
      throw new HeddleError(
        'SHAPE',
        `got an input of shape ${formatShape(input)}, wants one whose last lengths are ${formatShape(normalizedShape)}`,
      );
    return input;
  }

  override onnx(): OnnxOperator {
    const shape = this.normalizedShape;
    return {
      opType: 'LayerNormalization',
      tensors: this.elementwiseAffine ? ['weight', 'bias'] : [],
      constants: this.elementwiseAffine ? [] : [{ shape, data: new Float32Array(sizeOf(shape)).fill(1) }],
      attributes: { axis: { int: -shape.length }, epsilon: { float: this.eps } },
    };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { normalizedShape: shape, eps, elementwiseAffine } = this;
    // Weights lie as the elements of a sample do.
    const layout = { order: shape.length === 3 ? [1, 2, 0] : shape.map((_, axis) => axis), sharded: true };
    const parameter = (name: string, constant: number) =>
      elementwiseAffine ? planner.parameter(name, shape, { constant }, layout) : undefined;
    const [weight, bias] = [parameter('weight', 1), parameter('bias', 0)];
    const groups = sizeOf(input.shape) / sizeOf(shape);
    const run = groups === 1 ? sizeOf(shape) : 1;
    return planSampleNorm({ eps, groups, run, ...placesOf(shape, input.shape), weight, bias }, input, planner);
  }
}

/** The groups of a sample's elements, and their places among the weights. */
function placesOf(shape: Shape, input: Shape): { groupOf: Int32Array; weightOf: Int32Array } {
  const [channels, , width] = input;
  const tables = (groupAt: (c: number, h: number) => number, weightAt: (h: number, w: number) => number) => ({
    groupOf: perElement(input, groupAt),
    weightOf: perElement(input, (_c, h, w) => weightAt(h, w)),
  });
  if (shape.length === 2)
    return tables(
      (c) => c,
      (h, w) => h * width + w,
    );
  if (shape.length < input.length)
    return tables(
      (c, h) => h * channels + c,
      (_h, w) => w,
    );
  let element = 0;
  return {
    groupOf: perElement(input, () => 0),
    weightOf: perElement(input, () => element++),
  };
}

function checkShape(shape: number | Shape): Shape {
  const lengths = typeof shape === 'number' ? [shape] : shape;
  if (!Array.isArray(lengths) || ![1, 2, 3].includes(lengths.length))
    throw new HeddleError(
      'ARGUMENT',
      `LayerNorm normalizedShape must be a whole number, or a list of one to three, not ${kindOf(shape)}`,
    );
  return lengths.map((length) => wholeNumber('LayerNorm normalizedShape', length, 1));
}
