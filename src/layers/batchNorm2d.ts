import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Kernels } from '../kernels/kernels.js';
import { type Pass, type Phase, perPart, perShard, type Shard } from '../program/phase.js';
import type { Shape } from '../tensor/shape.js';
import { imageShape, inRange, options, required, wholeNumber } from '../validate.js';
import {
  type Activation,
  type Layer,
  type LayerPlan,
  type Parameter,
  type Planner,
  type Pooling,
  samplesOf,
} from './layer.js';

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
    given?: BatchNorm2dOptions,
    ...others: never[]
  ) {
    const form = 'new BatchNorm2d(numFeatures, { eps, momentum })';
    required(form, { numFeatures });
    const { eps, momentum } = options(form, given, { eps: 1e-5, momentum: 0.1 }, others);
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

  onnx(): OnnxOperator {
    const tensors = ['weight', 'bias', 'running_mean', 'running_var'];
    return { opType: 'BatchNormalization', tensors, attributes: { epsilon: { float: this.eps } } };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const C = this.numFeatures;
    const { arena } = planner;
    const output = planner.activation(this.outputShape(input.shape), { overwritable: true });
    const state: State = {
      mask: input.fuseMask?.() ?? 0,
      ...{ layer: this, kernels: planner.kernels, input, output, pixels: input.shape[1] * input.shape[2] },
      weight: planner.parameter('weight', [C], { constant: 1 }),
      bias: planner.parameter('bias', [C], { constant: 0 }),
      runningMean: planner.buffer('running_mean', C, 0),
      runningVar: planner.buffer('running_var', C, 1),
      batchesTracked: planner.counter('num_batches_tracked'),
      ...{ mean: arena.float64(C), inverseDeviation: arena.float64(C) },
      affine: arena.float32(3 * C),
      coefficients: arena.float32(4 * C),
      moments: arena.float64(planner.shards * 2 * C),
    };
    input.fuseAffine?.(state.affine, output.data);
    const plain = plainPasses(state);
    let passes = plain;
    const fusePooling = (pooling: Pooling) => {
      passes = poolingPasses(state, pooling);
    };
    return {
      output: { ...output, fusePooling },
      prepare: perPart(1, (_part, { training }) => training || runningAffine(state)),
      forward: forward(state, () => passes),
      evaluate: input.fuseAffine ? [] : [perShard((shard) => plain.normalize(shard))],
      backward: backward(state, () => passes),
    };
  }
}

/** A layer's arrays: one number a channel, but for the moments, which are two for each shard. */
interface State {
  readonly layer: BatchNorm2d;
  readonly kernels: Kernels;
  readonly input: Activation;
  readonly output: Activation;
  readonly pixels: number;
  /** What the gradient is multiplied by where the input is above 0, and elsewhere with 0; 0 for no such mask. */
  readonly mask: number;
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly runningMean: Float32Array;
  readonly runningVar: Float32Array;
  readonly batchesTracked: BigInt64Array;
  /** Statistics of the last batch in training mode, for the backward pass. */
  readonly mean: Float64Array;
  readonly inverseDeviation: Float64Array;
  /** From the input to the output: see kernels.ts. */
  readonly affine: Float32Array;
  /** Of batchNormBackward; their first, the center, is there from the forward pass on. */
  readonly coefficients: Float32Array;
  readonly moments: Float64Array;
}

function forward(state: State, passes: () => Passes): Phase[] {
  const { layer, kernels, input, pixels } = state;
  const C = layer.numFeatures;
  return [
    perShard(({ index, first, count }) => {
      const x = samplesOf(input.data, pixels * C, first, count);
      kernels.columnMoments(x, count * pixels, C, momentsOf(state, index));
    }),
    perPart(1, (_part, step) => {
      updateStatistics(state, step);
      for (let c = 0; c < C; c++) {
        setAffine(state, c, state.mean[c], state.inverseDeviation[c]);
        state.coefficients[c] = state.affine[c];
      }
    }),
    perShard((shard) => passes().normalize(shard)),
  ];
}

function runningAffine(state: State): void {
  const { layer, runningMean, runningVar } = state;
  for (let c = 0; c < layer.numFeatures; c++)
    setAffine(state, c, runningMean[c], 1 / Math.sqrt(runningVar[c] + layer.eps));
}

/** (x − mean)·scale + bias: the shift has what rounding took from the mean. */
function setAffine({ layer, weight, bias, affine }: State, c: number, mean: number, inverseDeviation: number): void {
  const [center, scale, shift] = [c, layer.numFeatures + c, 2 * layer.numFeatures + c];
  affine[center] = mean;
  affine[scale] = weight.data[c] * inverseDeviation;
  affine[shift] = bias.data[c] - (mean - affine[center]) * affine[scale];
}

/** What is done to the activations of a shard. */
interface Passes {
  normalize(shard: Shard): void;
  /** Σdy and Σdy·(x − center) of each channel. */
  gradientMoments(shard: Shard): void;
  /** From the coefficients. */
  inputGradient(shard: Shard): void;
}

function plainPasses(state: State): Passes {
  const { layer, kernels, input, output, pixels, mask, affine, coefficients } = state;
  const C = layer.numFeatures;
  const of = (array: Float32Array, { first, count }: Shard) => samplesOf(array, pixels * C, first, count);
  return {
    normalize: (shard) =>
      kernels.scaleShift(of(input.data, shard), shard.count * pixels, C, affine, of(output.data, shard)),
    gradientMoments(shard) {
      const [dy, x] = [of(output.gradient, shard), of(input.data, shard)];
      kernels.gradientMoments(dy, x, coefficients, shard.count * pixels, C, momentsOf(state, shard.index));
    },
    inputGradient(shard) {
      const [dy, x, dx] = [of(output.gradient, shard), of(input.data, shard), of(input.gradient, shard)];
      kernels.batchNormBackward(dy, x, shard.count * pixels, C, coefficients, mask, dx);
    },
  };
}

/** The same with max pooling behind it, as if a shard's images were one, one below the other. */
function poolingPasses(state: State, { output, argmax }: Pooling): Passes {
  const { layer, kernels, input, pixels, mask, affine, coefficients } = state;
  const [C, height, width] = [layer.numFeatures, input.shape[1], input.shape[2]];
  const of = (array: Float32Array, { first, count }: Shard) => samplesOf(array, pixels * C, first, count);
  const pooled = <T extends Float32Array | Int32Array>(array: T, { first, count }: Shard) =>
    samplesOf(array, (pixels * C) / 4, first, count);
  return {
    normalize(shard) {
      const [x, y, places] = [of(input.data, shard), pooled(output.data, shard), pooled(argmax, shard)];
      kernels.scaleShiftMaxPool(x, shard.count * height, width, C, affine, y, places);
    },
    gradientMoments(shard) {
      const [dy, places, x] = [pooled(output.gradient, shard), pooled(argmax, shard), of(input.data, shard)];
      const sums = momentsOf(state, shard.index);
      kernels.maxPoolGradientMoments(dy, places, x, coefficients, shard.count * height, width, C, sums);
    },
    inputGradient(shard) {
      const [dy, places, x] = [pooled(output.gradient, shard), pooled(argmax, shard), of(input.data, shard)];
      const dx = of(input.gradient, shard);
      kernels.maxPoolBatchNormBackward(dy, places, x, shard.count * height, width, C, coefficients, mask, dx);
    },
  };
}

function backward(state: State, passes: () => Passes): Phase[] {
  const { layer, pixels, weight, bias, coefficients } = state;
  const C = layer.numFeatures;
  return [
    perShard((shard) => passes().gradientMoments(shard)),
    // dx = γ/σ·(dy − mean(dy) − (x − mean)/σ²·mean(dy·(x − mean))), as (a·dy + d) + b·(x − center).
    perPart(1, (_part, { samples, shards }) => {
      for (let c = 0; c < C; c++) {
        const [mean, inverseDeviation] = [state.mean[c], state.inverseDeviation[c]];
        const dySum = sumOver(state, shards, c);
        const rest = mean - coefficients[c];
        const covariance = sumOver(state, shards, C + c) - rest * dySum;
        weight.gradient[c] = covariance * inverseDeviation;
        bias.gradient[c] = dySum;
        // d goes by a and b as they are rounded: what that took away then cancels.
        const a = Math.fround(weight.data[c] * inverseDeviation);
        const b = Math.fround((-a * inverseDeviation * inverseDeviation * covariance) / (samples * pixels));
        coefficients[C + c] = a;
        coefficients[2 * C + c] = b;
        coefficients[3 * C + c] = (-a * dySum) / (samples * pixels) - b * rest;
      }
    }),
    perShard((shard) => passes().inputGradient(shard)),
  ];
}

function updateStatistics(state: State, { samples, shards }: Pass): void {
  const { numFeatures, eps, momentum } = state.layer;
  const count = samples * state.pixels;
  if (count === 1)
    throw new HeddleError(
      'SHAPE',
      'BatchNorm2d needs more than one value per channel in training; this batch has a single sample of 1×1 pixels',
    );
  for (let c = 0; c < numFeatures; c++) {
    const mean = sumOver(state, shards, c) / count;
    const variance = Math.max(0, sumOver(state, shards, numFeatures + c) / count - mean * mean);
    state.mean[c] = mean;
    state.inverseDeviation[c] = 1 / Math.sqrt(variance + eps);
    const unbiased = (variance * count) / (count - 1);
    state.runningMean[c] = (1 - momentum) * state.runningMean[c] + momentum * mean;
    state.runningVar[c] = (1 - momentum) * state.runningVar[c] + momentum * unbiased;
  }
  state.batchesTracked[0] += 1n;
}

/** A shard's sums: Σx or Σdy of each channel, then Σx² or Σdy·(x − center). */
const momentsOf = ({ moments, layer }: State, shard: number) =>
  moments.subarray(shard * 2 * layer.numFeatures, (shard + 1) * 2 * layer.numFeatures);

function sumOver(state: State, shards: number, element: number): number {
  let sum = 0;
  for (let shard = 0; shard < shards; shard++) sum += momentsOf(state, shard)[element];
  return sum;
}
