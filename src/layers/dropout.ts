import type { OnnxOperator } from '../formats/onnxOperator.js';
import { type Phase, perShard } from '../program/phase.js';
import { hashKey } from '../tensor/random.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { inRange, nothingElse } from '../validate.js';
import { type Activation, type Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';

/**
 * In training sets each element to 0 with probability p and multiplies the others by 1/(1 − p), as torch.nn.Dropout.
 * Which ones depends on seed, layer, step, sample and element alone. Works in place: a ReLU before it finds its mask
 * in the result as well, since what was dropped has no gradient. Srivastava et al., 2014.
 */
export class Dropout implements Layer {
  readonly type = 'Dropout';
  readonly inPlace = true;

  constructor(
    readonly p = 0.5,
    ...others: never[]
  ) {
    nothingElse('new Dropout(p)', others);
    inRange('Dropout p', p, 0, 1);
  }

  arguments() {
    return [this.p];
  }

  describe(): string {
    return `Dropout(p=${this.p}, inplace=False)`;
  }

  outputShape(input: Shape): Shape {
    return input;
  }

  onnx(): OnnxOperator {
    return { opType: 'Identity' };
  }

  plan(input: Activation, { kernels, seed, index }: Planner): LayerPlan {
    const size = sizeOf(input.shape);
    const threshold = Math.min(Math.round(this.p * 2 ** 32), 2 ** 32 - 1);
    const scale = this.p === 1 ? 0 : 1 / (1 - this.p);
    const drop = (array: Float32Array, wanted: () => boolean): Phase =>
      perShard(({ first, count }, step) => {
        if (this.p === 0 || !wanted()) return;
        for (let n = first; n < first + count; n++) {
          const x = samplesOf(array, size, n);
          kernels.dropout(x, x, hashKey(seed, 'dropout', index, step.number, n), threshold, scale);
        }
      });
    let masked = false;
    const { fuseMask } = input;
    const fuseBoth = (mask: () => number) => () => {
      masked = true;
      return mask() * scale;
    };
    return {
      // With p = 1 nothing is above 0, and no factor is to be had.
      output: {
        ...{ ...input, fuseReLU: undefined, fusePooling: undefined },
        fuseMask: fuseMask && this.p < 1 ? fuseBoth(fuseMask) : undefined,
      },
      forward: [drop(input.data, () => true)],
      evaluate: [],
      backward: [drop(input.gradient, () => !masked)],
    };
  }
}
