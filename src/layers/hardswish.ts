import type { OnnxOperator } from '../formats/onnxOperator.js';
import { planFromInput } from './elementwise.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner } from './layer.js';

/** y = x·min(max(x + 3, 0), 6) / 6, as torch.nn.Hardswish. Howard et al., 2019. */
export class Hardswish extends PlainLayer {
  readonly type: string = 'Hardswish';

  override onnx(): OnnxOperator {
    return { opType: 'HardSwish' };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { hardswish, hardswishBackward } = planner.kernels;
    return planFromInput(input, planner, hardswish, hardswishBackward);
  }
}
