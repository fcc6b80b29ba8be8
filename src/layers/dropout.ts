import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard, placeInStep } from '../program/phase.js';
import { hashKey } from '../tensor/random.js';
import { sizeOf } from '../tensor/shape.js';
import { inRange, nothingElse } from '../validate.js';
import { type Activation, Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';

/** In training sets each element to 0 with probability p and multiplies the others by 1/(1 − p), as torch.nn.Dropout.
 * Which ones depends on seed, layer, step, sample and element alone. Works in place: a ReLU before it finds its mask
 * in the result as well, since what was dropped has no gradient. Srivastava et al., 2014. */
export class Dropout extends Layer {
  readonly type: string = 'Dropout';
  override readonly inPlace = 'rectified';
  override readonly trainingOnly = true;

  constructor(
    readonly p = 0.5,
    ...others: never[]
  ) {
    super();
    nothingElse('new Dropout(p)', others);
    inRange('Dropout p', p, 0, 1);
  }

  arguments() {
    return [this.p];
  }

  describe(): string {
    return `Dropout(p=${this.p}, inplace=False)`;
  }

  override onnx(): OnnxOperator {
    return { opType: 'Identity' };
  }

  /** What an element that stays is multiplied by; 0 if none does. */
  get scale(): number {
    return this.p === 1 ? 0 : 1 / (1 - this.p);
  }

  plan(input: Activation, { kernels, seed, index, fused, batchSize }: Planner): LayerPlan {
    if (this.p === 0) return { output: input, forward: [], backward: [] };
    const size = sizeOf(input.shape);
    const threshold = Math.min(Math.round(this.p * 2 ** 32), 2 ** 32 - 1);
    const { scale } = this;
    const drop = (array: Float32Array) =>
      perShard(({ first, count }, pass) => {
        for (let n = first; n < first + count; n++) {
          const x = samplesOf(array, size, n);
          const key = hashKey(seed, 'dropout', index, pass.number, placeInStep(pass, batchSize, n));
          kernels.dropout(x, x, key, threshold, scale);
        }
      });
    return {
      output: input,
      forward: [drop(input.data)],
      backward: fused.gradientMasked ? [] : [drop(input.gradient)],
    };
  }
}
