import type { OnnxOperator } from '../formats/onnxOperator.js';
import { planInPlace } from './elementwise.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner } from './layer.js';

/** y = 1 / (1 + e⁻ˣ), as torch.nn.Sigmoid. Works in place. */
export class Sigmoid extends PlainLayer {
  readonly type: string = 'Sigmoid';
  override readonly inPlace = true;

  override onnx(): OnnxOperator {
    return { opType: 'Sigmoid' };
  }

  plan(input: Activation, { kernels }: Planner): LayerPlan {
    return planInPlace(input, kernels.sigmoid, kernels.sigmoidBackward);
  }
}
