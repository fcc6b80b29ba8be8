import type { OnnxOperator } from '../formats/onnxOperator.js';
import { type Pass, perShard, placeInStep } from '../program/phase.js';
import { hashKey, uniform } from '../tensor/random.js';
import { sizeOf } from '../tensor/shape.js';
import { inRange, nothingElse, oneOf, required } from '../validate.js';
import { type Activation, Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';

/** In training sets whole samples to 0 with probability p and multiplies the others by 1/(1 − p), as
 * torchvision.ops.StochasticDepth: each sample by itself ('row') or the whole batch ('batch'). What is dropped depends on seed,
 * layer, step and sample alone. Works in place, as Dropout does. Huang et al., 2016 (arXiv:1603.09382). */
export class StochasticDepth extends Layer {
  readonly type: string = 'StochasticDepth';
  override readonly inPlace = 'rectified';
  override readonly trainingOnly = true;

  constructor(
    readonly p: number,
    readonly mode: 'batch' | 'row',
    ...others: never[]
  ) {
    super();
    const form = "new StochasticDepth(p, 'row')";
    required(form, { p, mode });
    nothingElse(form, others);
    inRange('StochasticDepth p', p, 0, 1);
    oneOf('StochasticDepth mode', mode, ['batch', 'row']);
  }

  arguments() {
    return [this.p, this.mode];
  }

  describe(): string {
    return `StochasticDepth(p=${this.p}, mode=${this.mode})`;
  }

  override onnx(): OnnxOperator {
    return { opType: 'Identity' };
  }

  plan(input: Activation, { seed, index, batchSize }: Planner): LayerPlan {
    if (this.p === 0) return { output: input, forward: [], backward: [] };
    const size = sizeOf(input.shape);
    const scale = Math.fround(1 / (1 - this.p));
    const isDropped = (pass: Pass, n: number) => {
      const place = placeInStep(pass, batchSize, this.mode === 'row' ? n : 0);
      return uniform(hashKey(seed, 'dropout', index, pass.number, place), 0) < this.p;
    };
    const drop = (array: Float32Array) =>
      perShard(({ first, count }, pass) => {
        for (let n = first; n < first + count; n++) {
          const x = samplesOf(array, size, n);
          if (isDropped(pass, n)) x.fill(0);
          else for (let i = 0; i < x.length; i++) x[i] *= scale;
        }
      });
    return { output: input, forward: [drop(input.data)], backward: [drop(input.gradient)] };
  }
}
