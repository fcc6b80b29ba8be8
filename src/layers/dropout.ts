import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Kernels } from '../kernels/kernels.js';
import { perShard, placeInStep } from '../program/phase.js';
import { type HashKey, hashKey } from '../tensor/random.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { classNameOf, inRange, nothingElse } from '../validate.js';
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
    const name = classNameOf(new.target);
    nothingElse(`new ${name}(p)`, others);
    inRange(`${name} p`, p, 0, 1);
  }

  arguments() {
    return [this.p];
  }

  describe(): string {
    return `${this.type}(p=${this.p}, inplace=False)`;
  }

  override onnx(): OnnxOperator {
    return { opType: 'Identity' };
  }

  /** What an element that stays is multiplied by; 0 if none does. */
  get scale(): number {
    return this.p === 1 ? 0 : 1 / (1 - this.p);
  }

  /** What is kept has a random number of 32 bits that is no less. */
  protected get threshold(): number {
    return Math.min(Math.round(this.p * 2 ** 32), 2 ** 32 - 1);
  }

  /** Of one sample, in place. */
  protected drop(x: Float32Array, key: HashKey, _shape: Shape, kernels: Kernels): void {
    kernels.dropout(x, x, key, this.threshold, this.scale);
  }

  plan(input: Activation, { kernels, seed, index, fused, batchSize }: Planner): LayerPlan {
    if (this.p === 0) return { output: input, forward: [], backward: [] };
    const size = sizeOf(input.shape);
    const drop = (array: Float32Array) =>
      perShard(({ first, count }, pass) => {
        for (let n = first; n < first + count; n++) {
          const key = hashKey(seed, 'dropout', index, pass.number, placeInStep(pass, batchSize, n));
          this.drop(samplesOf(array, size, n), key, input.shape, kernels);
        }
      });
    return {
      output: input,
      forward: [drop(input.data)],
      backward: fused.gradientMasked ? [] : [drop(input.gradient)],
    };
  }
}
