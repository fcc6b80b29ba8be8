import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Kernels } from '../kernels/kernels.js';
import { type Pass, type Phase, perPart, perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { imageShape, inRange, options, required, wholeNumber } from '../validate.js';
import { type ChannelMap, plainMap, poolingMap } from './channelMap.js';
import { type Activation, Layer, type LayerPlan, type Parameter, type Planner, samplesOf } from './layer.js';
import { maskGradient } from './relu.js';

export interface BatchNorm2dOptions {
  /** Added to the variance, default 1e-5. */
  eps?: number;
  /** Weight of the newest batch in the running statistics, default 0.1. */
  momentum?: number;
}

/** y = (x − mean) / √(variance + eps) · weight + bias over each channel, as torch.nn.BatchNorm2d: the statistics are
 * those of the whole batch in training, however it is sharded, and the running ones (with the unbiased variance)
 * otherwise. Ioffe and Szegedy, 2015 (arXiv:1502.03167). */
export class BatchNorm2d extends Layer {
  readonly type: string = 'BatchNorm2d';
  readonly eps: number;
  readonly momentum: number;

  constructor(
    readonly numFeatures: number,
    given?: BatchNorm2dOptions,
    ...others: never[]
  ) {
    super();
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

  override outputShape(input: Shape): Shape {
    return imageShape(input, this.numFeatures);
  }

  override onnx(): OnnxOperator {
    const tensors = ['weight', 'bias', 'running_mean', 'running_var'];
    return { opType: 'BatchNormalization', tensors, attributes: { epsilon: { float: this.eps } } };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const running = planRunningMap(this, planner);
    const map = planner.fused.pool
      ? poolingMap(running.affine, input, planner)
      : plainMap(running.affine, input, planner);
    const { output } = map;
    if (!planner.training)
      return { output, prepare: running.prepare, forward: [perShard(map.normalize)], backward: [] };
    if (planner.frozen) return { output, ...frozen(running, input, map, planner) };
    const state = planState(this, running, input, planner);
    return { output, forward: forward(state, map), backward: backward(state, map, planner) };
  }
}

/** What a BatchNorm2d keeps, and the map of channels that it applies. */
interface RunningMap {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly runningMean: Float32Array;
  readonly runningVar: Float32Array;
  readonly batchesTracked: BigInt64Array;
  /** From the input to the output: see kernels.ts. In training it is the batch's. */
  readonly affine: Float32Array;
  /** Makes it of the running statistics. */
  readonly prepare: Phase & { by: 'part' };
}

export function planRunningMap(
  { numFeatures: C, eps }: Pick<BatchNorm2d, 'numFeatures' | 'eps'>,
  planner: Planner,
): RunningMap {
  const weight = planner.parameter('weight', [C], { constant: 1 });
  const bias = planner.parameter('bias', [C], { constant: 0 });
  const runningMean = planner.buffer('running_mean', C, 0);
  const runningVar = planner.buffer('running_var', C, 1);
  const batchesTracked = planner.counter('num_batches_tracked');
  const affine = planner.arena.float32(3 * C);
  const prepare = perPart(1, () => {
    for (let c = 0; c < C; c++) setAffine(weight, bias, affine, c, runningMean[c], 1 / Math.sqrt(runningVar[c] + eps));
  });
  return { weight, bias, runningMean, runningVar, batchesTracked, affine, prepare };
}

/** (x − mean)·scale + bias: the shift has what rounding took from the mean. */
function setAffine(
  weight: Parameter,
  bias: Parameter,
  affine: Float32Array,
  c: number,
  mean: number,
  inverseDeviation: number,
): void {
  const C = weight.data.length;
  affine[c] = mean;
  affine[C + c] = weight.data[c] * inverseDeviation;
  affine[2 * C + c] = bias.data[c] - (mean - affine[c]) * affine[C + c];
}

/** In training by the running statistics, which are constants: dx = scale·dy. */
function frozen(
  { affine, prepare }: RunningMap,
  input: Activation,
  { output, normalize }: ChannelMap,
  { arena, kernels, fused }: Planner,
): Omit<LayerPlan, 'output'> {
  const [C, height, width] = input.shape;
  const size = sizeOf(input.shape);
  /** Around 0 and without a shift. */
  const slope = arena.float32(3 * C);
  const backward = perShard(({ first, count }) => {
    const [dy, dx] = [output.gradient, input.gradient].map((array) => samplesOf(array, size, first, count));
    kernels.scaleShift(dy, count * height * width, C, slope, Number.NEGATIVE_INFINITY, dx);
  });
  return {
    prepare: perPart(1, (...pass) => {
      prepare.run(...pass);
      slope.set(affine.subarray(C, 2 * C), C);
    }),
    forward: [perShard(normalize)],
    backward: fused.relu && !fused.gradientMasked ? [maskGradient(kernels, output), backward] : [backward],
  };
}

/** The arrays of training: one number a channel, but for the moments, which are two for each shard. */
interface State {
  readonly layer: BatchNorm2d;
  readonly running: RunningMap;
  readonly kernels: Kernels;
  readonly input: Activation;
  readonly pixels: number;
  /** Statistics of the last batch, for the backward pass. */
  readonly mean: Float64Array;
  readonly inverseDeviation: Float64Array;
  /** Of batchNormBackward; their first, the center, is there from the forward pass on. */
  readonly coefficients: Float32Array;
  readonly moments: Float64Array;
}

function planState(layer: BatchNorm2d, running: RunningMap, input: Activation, planner: Planner): State {
  const C = layer.numFeatures;
  const { arena, kernels, shards } = planner;
  return {
    layer,
    running,
    kernels,
    input,
    pixels: input.shape[1] * input.shape[2],
    mean: arena.float64(C),
    inverseDeviation: arena.float64(C),
    coefficients: arena.float32(4 * C),
    moments: arena.float64(shards * 2 * C),
  };
}

function forward(state: State, { normalize }: ChannelMap): Phase[] {
  const { layer, kernels, running, input, pixels, coefficients } = state;
  const C = layer.numFeatures;
  return [
    perShard(({ index, first, count }) => {
      const x = samplesOf(input.data, pixels * C, first, count);
      kernels.columnMoments(x, count * pixels, C, momentsOf(state, index));
    }),
    perPart(1, (_part, pass) => {
      updateStatistics(state, pass);
      const { weight, bias, affine } = running;
      for (let c = 0; c < C; c++) {
        setAffine(weight, bias, affine, c, state.mean[c], state.inverseDeviation[c]);
        coefficients[c] = affine[c];
      }
    }),
    perShard(normalize),
  ];
}

function updateStatistics(state: State, { samples, shards }: Pass): void {
  const { numFeatures, eps, momentum } = state.layer;
  const { runningMean, runningVar, batchesTracked } = state.running;
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
    runningMean[c] = (1 - momentum) * runningMean[c] + momentum * mean;
    runningVar[c] = (1 - momentum) * runningVar[c] + momentum * unbiased;
  }
  batchesTracked[0] += 1n;
}

function backward(state: State, map: ChannelMap, { fused }: Planner): Phase[] {
  const { layer, running, pixels, coefficients } = state;
  const { weight, bias } = running;
  const C = layer.numFeatures;
  return [
    perShard((shard) => map.gradientMoments(shard, coefficients, momentsOf(state, shard.index))),
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
    perShard((shard) => map.inputGradient(shard, coefficients, fused.inputMask ?? 0)),
  ];
}

/** A shard's sums: Σx or Σdy of each channel, then Σx² or Σdy·(x − center). */
const momentsOf = ({ moments, layer }: State, shard: number) =>
  moments.subarray(shard * 2 * layer.numFeatures, (shard + 1) * 2 * layer.numFeatures);

function sumOver(state: State, shards: number, element: number): number {
  let sum = 0;
  for (let shard = 0; shard < shards; shard++) sum += momentsOf(state, shard)[element];
  return sum;
}
