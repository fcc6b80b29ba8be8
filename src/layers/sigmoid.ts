import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import { sigmoid } from '../tensor/transcendental.js';
import { type Activation, type LayerPlan, PlainLayer, type Planner, samplesOf } from './layer.js';

/** y = 1 / (1 + e⁻ˣ), as torch.nn.Sigmoid; in float64, then rounded. */
export class Sigmoid extends PlainLayer {
  readonly type: string = 'Sigmoid';

  override onnx(): OnnxOperator {
    return { opType: 'Sigmoid' };
  }

  plan(input: Activation, { activation }: Planner): LayerPlan {
    const output = activation(input.shape);
    const size = sizeOf(input.shape);
    const forward = perShard(({ first, count }) => {
      const [x, y] = [samplesOf(input.data, size, first, count), samplesOf(output.data, size, first, count)];
      for (let i = 0; i < x.length; i++) y[i] = sigmoid(x[i]);
    });
    const backward = perShard(({ first, count }) => {
      const y = samplesOf(output.data, size, first, count);
      const dy = samplesOf(output.gradient, size, first, count);
      const dx = samplesOf(input.gradient, size, first, count);
      for (let i = 0; i < y.length; i++) dx[i] = dy[i] * ((1 - y[i]) * y[i]);
    });
    return { output, forward: [forward], backward: [backward] };
  }
}
