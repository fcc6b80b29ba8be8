import type { OnnxOperator } from '../formats/onnxOperator.js';
import { planFromInput } from './elementwise.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner } from './layer.js';

/** y = x / (1 + e⁻ˣ), as torch.nn.SiLU, also called Swish. Elfwing et al., 2017; Ramachandran et al., 2017. */
export class SiLU extends PlainLayer {
  readonly type: string = 'SiLU';

  override onnx(): readonly OnnxOperator[] {
    return [{ opType: 'Sigmoid' }, { opType: 'Mul', withInput: true }];
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { silu, siluBackward } = planner.kernels;
    return planFromInput(input, planner, silu, siluBackward);
  }
}
