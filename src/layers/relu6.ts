import type { OnnxOperator } from '../formats/onnxOperator.js';
import { planInPlace } from './elementwise.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner } from './layer.js';

/** y = min(max(x, 0), 6), as torch.nn.ReLU6. Works in place. Krizhevsky, 2010. */
export class ReLU6 extends PlainLayer {
  readonly type: string = 'ReLU6';
  override readonly inPlace = 'rectified';

  override onnx(): OnnxOperator {
    const [least, most] = [0, 6].map((bound) => ({ shape: [], data: Float32Array.of(bound) }));
    return { opType: 'Clip', constants: [least, most] };
  }

  plan(input: Activation, { kernels }: Planner): LayerPlan {
    return planInPlace(input, kernels.relu6, kernels.relu6Backward);
  }
}
