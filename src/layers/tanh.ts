import type { OnnxOperator } from '../formats/onnxOperator.js';
import { planInPlace } from './elementwise.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner } from './layer.js';

/** y = tanh x, as torch.nn.Tanh. Works in place. */
export class Tanh extends PlainLayer {
  readonly type: string = 'Tanh';
  override readonly inPlace = 'rectified';

  override onnx(): OnnxOperator {
    return { opType: 'Tanh' };
  }

  plan(input: Activation, { kernels }: Planner): LayerPlan {
    return planInPlace(input, kernels.tanh, kernels.tanhBackward);
  }
}
