import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { broadcastShape, planBroadcast } from './broadcast.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner, samplesOf } from './layer.js';
import { maskGradient } from './relu.js';

/** The sum of two values, torch.add: of one shape, or broadcast as PyTorch does it. */
export class Add extends PlainLayer {
  readonly type: string = 'Add';
  override readonly inputCount = 2;

  override outputShape(a: Shape, b: Shape): Shape {
    return broadcastShape(a, b);
  }

  override onnx(): OnnxOperator {
    return { opType: 'Add' };
  }

  plan(a: Activation, planner: Planner): LayerPlan {
    const { kernels, activation, fused } = planner;
    const [, b] = planner.inputs;
    if (a.shape.join() !== b.shape.join())
      return planBroadcast(planner, {
        value: (x, y) => x + y,
        gradientOfFirst: (dy) => dy,
        gradientOfSecond: (dy) => dy,
      });
    const size = sizeOf(a.shape);
    // A sum passes its gradient on as it is, so that of the first input is the output's own.
    const output = activation(a.shape, {
      overwritable: fused.relu ? 'rectified' : true,
      gradient: a.gradient,
    });
    const forward = perShard(({ first, count }) => {
      const [x, y, sum] = [a.data, b.data, output.data].map((array) => samplesOf(array, size, first, count));
      if (fused.relu) kernels.addRelu(x, y, sum);
      else kernels.add(x, y, sum);
    });
    const copy = perShard(({ first, count }) =>
      samplesOf(b.gradient, size, first, count).set(samplesOf(output.gradient, size, first, count)),
    );
    return {
      output,
      forward: [forward],
      backward: fused.relu && !fused.gradientMasked ? [maskGradient(kernels, output), copy] : [copy],
    };
  }
}
