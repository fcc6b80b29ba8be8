import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { broadcastShape, planBroadcast } from './broadcast.js';
import { areFactors, planChannelFactors } from './channelFactors.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner, samplesOf } from './layer.js';

/** The product of two values, element by element, torch.mul: of one shape, or broadcast as PyTorch does it. */
export class Mul extends PlainLayer {
  readonly type: string = 'Mul';
  override readonly inputCount = 2;

  override outputShape(a: Shape, b: Shape): Shape {
    return broadcastShape(a, b);
  }

  override onnx(): OnnxOperator {
    return { opType: 'Mul' };
  }

  plan(a: Activation, planner: Planner): LayerPlan {
    const { kernels, activation } = planner;
    const [, b] = planner.inputs;
    if (a.shape.join() !== b.shape.join()) {
      if (areFactors(a.shape, b.shape)) return planChannelFactors(a, b, planner);
      if (areFactors(b.shape, a.shape)) return planChannelFactors(b, a, planner);
      return planBroadcast(planner, {
        value: (x, y) => x * y,
        gradientOfFirst: (dy, _x, y) => dy * y,
        gradientOfSecond: (dy, x) => dy * x,
      });
    }
    const size = sizeOf(a.shape);
    const output = activation(a.shape, { overwritable: true });
    const multiply = (x: Float32Array, y: Float32Array, product: Float32Array) =>
      perShard(({ first, count }) => {
        const of = (array: Float32Array) => samplesOf(array, size, first, count);
        kernels.multiply(of(x), of(y), of(product));
      });
    return {
      output,
      forward: [multiply(a.data, b.data, output.data)],
      backward: [multiply(output.gradient, b.data, a.gradient), multiply(output.gradient, a.data, b.gradient)],
    };
  }
}
