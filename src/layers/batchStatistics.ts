import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { type Pass, type Phase, perPart, perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { type BatchNormSettings, type BatchNormState, setMap } from './batchNormState.js';
import type { ChannelMap } from './channelMap.js';
import { type Activation, type LayerPlan, type Planner, samplesOf } from './layer.js';

/** A BatchNorm by the statistics of the batch: one number a channel, but for the moments, which are two for each shard. */
interface BatchStatistics {
  readonly layer: BatchNormSettings;
  readonly state: BatchNormState;
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

export function planBatchStatistics(
  layer: BatchNormSettings,
  state: BatchNormState,
  input: Activation,
  map: ChannelMap,
  { arena, kernels, shards, batchSize, training, fused }: Planner,
): Omit<LayerPlan, 'output'> {
  const C = layer.numFeatures;
  const statistics = {
    layer,
    state,
    kernels,
    input,
    pixels: sizeOf(input.shape) / C,
    mean: arena.float64(C),
    inverseDeviation: arena.float64(C),
    coefficients: arena.float32(4 * C),
    // In evaluation each sample is a shard.
    moments: arena.float64((training ? shards : batchSize) * 2 * C),
  };
  return {
    forward: forward(statistics, map),
    backward: training ? backward(statistics, map, fused.inputMask ?? 0) : [],
  };
}

function forward(statistics: BatchStatistics, { normalize }: ChannelMap): Phase[] {
  const { layer, kernels, state, input, pixels, coefficients } = statistics;
  const C = layer.numFeatures;
  return [
    perShard(({ index, first, count }) => {
      const x = samplesOf(input.data, pixels * C, first, count);
      kernels.columnMoments(x, count * pixels, C, C, momentsOf(statistics, index));
    }),
    perPart(1, (_part, pass) => {
      takeStatistics(statistics, pass);
      for (let c = 0; c < C; c++) {
        setMap(state, C, c, statistics.mean[c], statistics.inverseDeviation[c]);
        coefficients[c] = state.map[c];
      }
    }),
    perShard(normalize),
  ];
}

function takeStatistics(statistics: BatchStatistics, { samples, shards, training }: Pass): void {
  const { layer, state, input, pixels } = statistics;
  const { type, numFeatures: C, eps } = layer;
  const count = samples * pixels;
  if (count === 1) throw new HeddleError('SHAPE', oneValue(type, training, input.shape));
  const running = training && state.running;
  if (running) running.batchesTracked[0] += 1n;
  const momentum = running ? (layer.momentum ?? 1 / Number(running.batchesTracked[0])) : 0;
  for (let c = 0; c < C; c++) {
    const mean = sumOver(statistics, shards, c) / count;
    const variance = Math.max(0, sumOver(statistics, shards, C + c) / count - mean * mean);
    statistics.mean[c] = mean;
    statistics.inverseDeviation[c] = 1 / Math.sqrt(variance + eps);
    if (!running) continue;
    const unbiased = (variance * count) / (count - 1);
    running.mean[c] = (1 - momentum) * running.mean[c] + momentum * mean;
    running.variance[c] = (1 - momentum) * running.variance[c] + momentum * unbiased;
  }
}

const oneValue = (type: string, training: boolean, input: Shape) =>
  `${type} needs more than one value per channel ${training ? 'in training' : 'without running statistics'}; ` +
  `this batch has a single sample${input.length > 1 ? ' of 1×1 pixels' : ''}` +
  (training ? '; a Trainer leaves out such a last batch with dropLast: true' : '');

function backward(statistics: BatchStatistics, map: ChannelMap, inputMask: number): Phase[] {
  const { layer, state, pixels, coefficients } = statistics;
  const { weight, bias } = state;
  const C = layer.numFeatures;
  return [
    perShard((shard) => map.gradientMoments(shard, coefficients, momentsOf(statistics, shard.index))),
    // dx = γ/σ·(dy − mean(dy) − (x − mean)/σ²·mean(dy·(x − mean))), as (a·dy + d) + b·(x − center).
    perPart(1, (_part, { samples, shards }) => {
      for (let c = 0; c < C; c++) {
        const [mean, inverseDeviation] = [statistics.mean[c], statistics.inverseDeviation[c]];
        const dySum = sumOver(statistics, shards, c);
        const rest = mean - coefficients[c];
        const covariance = sumOver(statistics, shards, C + c) - rest * dySum;
        if (weight) weight.gradient[c] = covariance * inverseDeviation;
        if (bias) bias.gradient[c] = dySum;
        // d goes by a and b as they are rounded: what that took away then cancels.
        const a = Math.fround((weight?.data[c] ?? 1) * inverseDeviation);
        const b = Math.fround((-a * inverseDeviation * inverseDeviation * covariance) / (samples * pixels));
        coefficients[C + c] = a;
        coefficients[2 * C + c] = b;
        coefficients[3 * C + c] = (-a * dySum) / (samples * pixels) - b * rest;
      }
    }),
    perShard((shard) => map.inputGradient(shard, coefficients, inputMask)),
  ];
}

/** A shard's sums: Σx or Σdy of each channel, then Σx² or Σdy·(x − center). */
const momentsOf = ({ moments, layer }: BatchStatistics, shard: number) =>
  moments.subarray(shard * 2 * layer.numFeatures, (shard + 1) * 2 * layer.numFeatures);

function sumOver(statistics: BatchStatistics, shards: number, element: number): number {
  let sum = 0;
  for (let shard = 0; shard < shards; shard++) sum += momentsOf(statistics, shard)[element];
  return sum;
}
