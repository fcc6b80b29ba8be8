import type { OnnxOperator } from '../formats/onnxOperator.js';
import { planFromInput } from './elementwise.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner } from './layer.js';

/** y = min(max(x + 3, 0), 6) / 6, as torch.nn.Hardsigmoid. */
export class Hardsigmoid extends PlainLayer {
  readonly type: string = 'Hardsigmoid';

  override onnx(): OnnxOperator {
    return { opType: 'HardSigmoid', attributes: { alpha: { float: 1 / 6 }, beta: { float: 0.5 } } };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { hardsigmoid, hardsigmoidBackward } = planner.kernels;
    return planFromInput(input, planner, hardsigmoid, hardsigmoidBackward);
  }
}
