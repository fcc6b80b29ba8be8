import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Shape } from '../tensor/shape.js';
import { nothingElse } from '../validate.js';
import { broadcastShape, planBroadcast } from './broadcast.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';

/** The product of two values, element by element, torch.mul: of one shape, or broadcast as PyTorch does it. */
export class Mul extends Layer {
  readonly type = 'Mul';

  constructor(...others: never[]) {
    super();
    nothingElse('new Mul()', others);
  }

  arguments() {
    return [];
  }

  describe(): string {
    return 'Mul()';
  }

  outputShape(a: Shape, b: Shape): Shape {
    return broadcastShape(a, b);
  }

  override onnx(): OnnxOperator {
    return { opType: 'Mul' };
  }

  plan(_input: Activation, planner: Planner): LayerPlan {
    return planBroadcast(planner, {
      value: (x, y) => x * y,
      gradientOfFirst: (dy, _x, y) => dy * y,
      gradientOfSecond: (dy, x) => dy * x,
    });
  }
}
