import { imageShape, inRange, wholeNumber } from '../arguments.js';
import { HeddleError } from '../errors.js';
import { perPart, perShard, type Step } from '../phase.js';
import type { Shape } from '../tensor/shape.js';
import { type Activation, type Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';

export interface BatchNorm2dOptions {
  /** Added to the variance, default 1e-5. */
  eps?: number;
  /** Weight of the newest batch in the running statistics, default 0.1. */
  momentum?: number;
}

/**
 * y = (x − mean) / √(variance + eps) · weight + bias over each channel, as torch.nn.BatchNorm2d: the statistics are
 * those of the whole batch in training, however it is sharded, and the running ones (with the unbiased variance)
 * otherwise. Ioffe and Szegedy, 2015 (arXiv:1502.03167).
 */
export class BatchNorm2d implements Layer {
  readonly type = 'BatchNorm2d';
  readonly eps: number;
  readonly momentum: number;

  constructor(
    readonly numFeatures: number,
    { eps = 1e-5, momentum = 0.1 }: BatchNorm2dOptions = {},
  ) {
    wholeNumber('BatchNorm2d numFeatures', numFeatures, 1);
    this.eps = inRange('BatchNorm2d eps', eps, 0, Number.MAX_VALUE);
    this.momentum = inRange('BatchNorm2d momentum', momentum, 0, 1);
  }

  arguments() {
    return [this.numFeatures, { eps: this.eps, momentum: this.momentum }];
  }

  describe(): string {
    const eps = this.eps < 1e-4 ? this.eps.toExponential().replace(/e-(\d)$/, 'e-0$1') : this.eps;
    return `BatchNorm2d(${this.numFeatures}, eps=${eps}, momentum=${this.momentum}, affine=True, track_running_stats=True)`;
  }

  outputShape(input: Shape): Shape {
    return imageShape(input, this.numFeatures);
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const C = this.numFeatures;
    const { arena, kernels } = planner;
    const pixels = input.shape[1] * input.shape[2];
    const output = planner.activation(this.outputShape(input.shape));
    const weight = planner.parameter('weight', [C], { constant: 1 });
    const bias = planner.parameter('bias', [C], { constant: 0 });
    const running = {
      mean: planner.buffer('running_mean', C, 0),
      variance: planner.buffer('running_var', C, 1),
      batches: planner.counter('num_batches_tracked'),
    };
    const statistics = { mean: arena.float64(C), inverseDeviation: arena.float64(C) };
    const [scale, shift, coefficients] = [arena.float32(C), arena.float32(C), arena.float32(3 * C)];
    const moments = arena.float64(planner.shards * 2 * C);
    const momentsOf = (shard: number) => moments.subarray(shard * 2 * C, (shard + 1) * 2 * C);

    return {
      output,
      forward: [
        perShard(({ index, first, count }, { training }) => {
          const x = samplesOf(input.data, pixels * C, first, count);
          if (training) kernels.columnMoments(x, x, count * pixels, C, momentsOf(index));
        }),
        perPart(1, (_part, step) => {
          if (step.training) this.updateStatistics(momentsOf, step, pixels, statistics, running);
          for (let c = 0; c < C; c++) {
            const mean = step.training ? statistics.mean[c] : running.mean[c];
            const inverseDeviation = step.training
              ? statistics.inverseDeviation[c]
              : 1 / Math.sqrt(running.variance[c] + this.eps);
            scale[c] = weight.data[c] * inverseDeviation;
            shift[c] = bias.data[c] - mean * weight.data[c] * inverseDeviation;
          }
        }),
        perShard(({ first, count }) => {
          const x = samplesOf(input.data, pixels * C, first, count);
          kernels.scaleShift(x, count * pixels, C, scale, shift, samplesOf(output.data, pixels * C, first, count));
        }),
      ],
      backward: [
        perShard(({ index, first, count }) => {
          const [dy, x] = [
            samplesOf(output.gradient, pixels * C, first, count),
            samplesOf(input.data, pixels * C, first, count),
          ];
          kernels.columnMoments(dy, x, count * pixels, C, momentsOf(index));
        }),
        // dx = γ/σ·(dy − mean(dy) − (x − mean)/σ²·mean(dy·(x − mean))), as a·dy + b·x + d.
        perPart(1, (_part, { samples, shards }) => {
          for (let c = 0; c < C; c++) {
            const [mean, inverseDeviation] = [statistics.mean[c], statistics.inverseDeviation[c]];
            const dySum = sumOver(momentsOf, shards, c);
            const covariance = sumOver(momentsOf, shards, C + c) - mean * dySum;
            weight.gradient[c] = covariance * inverseDeviation;
            bias.gradient[c] = dySum;
            const a = weight.data[c] * inverseDeviation;
            const b = (-a * inverseDeviation * inverseDeviation * covariance) / (samples * pixels);
            coefficients[c] = a;
            coefficients[C + c] = b;
            coefficients[2 * C + c] = (-a * dySum) / (samples * pixels) - b * mean;
          }
        }),
        perShard(({ first, count }) => {
          const [dy, x] = [
            samplesOf(output.gradient, pixels * C, first, count),
            samplesOf(input.data, pixels * C, first, count),
          ];
          kernels.batchNormBackward(
            dy,
            x,
            count * pixels,
            C,
            coefficients,
            samplesOf(input.gradient, pixels * C, first, count),
          );
        }),
      ],
    };
  }

  private updateStatistics(
    momentsOf: (shard: number) => Float64Array,
    { samples, shards }: Step,
    pixels: number,
    statistics: { mean: Float64Array; inverseDeviation: Float64Array },
    running: { mean: Float32Array; variance: Float32Array; batches: BigInt64Array },
  ): void {
    const count = samples * pixels;
    if (count === 1)
      throw new HeddleError(
        'SHAPE',
        'BatchNorm2d needs more than one value per channel in training; this batch has a single sample of 1×1 pixels',
      );
    for (let c = 0; c < this.numFeatures; c++) {
      const mean = sumOver(momentsOf, shards, c) / count;
      const variance = Math.max(0, sumOver(momentsOf, shards, this.numFeatures + c) / count - mean * mean);
      statistics.mean[c] = mean;
      statistics.inverseDeviation[c] = 1 / Math.sqrt(variance + this.eps);
      const unbiased = (variance * count) / (count - 1);
      running.mean[c] = (1 - this.momentum) * running.mean[c] + this.momentum * mean;
      running.variance[c] = (1 - this.momentum) * running.variance[c] + this.momentum * unbiased;
    }
    running.batches[0] += 1n;
  }
}

function sumOver(momentsOf: (shard: number) => Float64Array, shards: number, element: number): number {
  let sum = 0;
  for (let shard = 0; shard < shards; shard++) sum += momentsOf(shard)[element];
  return sum;
}
