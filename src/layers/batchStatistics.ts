import { HeddleError } from '../errors.js';
import { MOMENTS_SCRATCH } from '../kernels/contract/channels.js';
import type { Kernels } from '../kernels/kernels.js';
import { exchangeNow } from '../program/exchange.js';
import { ownShards } from '../program/ownPart.js';
import {
  type ChannelBlock,
  type Pass,
  type Phase,
  perChannels,
  perPart,
  perShard,
  type Shard,
} from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { type BatchNormSettings, type BatchNormState, setMap } from './batchNormState.js';
import { type ChannelMap, type Piece, pieceOfChannels, pieceOfShard, piecesOf } from './channelMap.js';
import { cutByChannels } from './cut.js';
import type { Activation, LayerPlan, Planner } from './layer.js';

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
  readonly byChannels: boolean;
  readonly ranks: number;
  readonly use: Planner['use'];
  readonly moments: Float64Array;
}

export function planBatchStatistics(
  layer: BatchNormSettings,
  state: BatchNormState,
  input: Activation,
  map: ChannelMap,
  { arena, kernels, shards, batchSize, training, fused, scratch, ranks, use }: Planner,
): Omit<LayerPlan, 'output'> {
  const C = layer.numFeatures;
  const pixels = sizeOf(input.shape) / C;
  // Without a momentum all channels go by the number of batches, which one of them would have to count before the others.
  const apart = !state.running || layer.momentum !== null;
  const byChannels = training && apart && cutByChannels(batchSize, shards, pixels, C);
  // In evaluation each sample is a shard.
  const slots = training ? shards : batchSize;
  scratch(MOMENTS_SCRATCH + slots);
  const statistics = {
    layer,
    state,
    kernels,
    input,
    pixels,
    mean: arena.float64(C),
    inverseDeviation: arena.float64(C),
    coefficients: arena.float32(4 * C),
    byChannels,
    ranks,
    use,
    moments: arena.float64(slots * 2 * C),
  };
  return {
    forward: forward(statistics, map),
    backward: training ? backward(statistics, map, fused.inputMask ?? 0) : [],
  };
}

/** What is to be done to each piece of a batch for the sums of its shard, then to the sums of a block of channels from all shards,
 * then to each piece again. Channels are independent of each other, and each block of them goes through all at once. */
function inThreeSteps(
  { layer, byChannels, ranks, moments }: BatchStatistics,
  sum: (piece: Piece, shards: readonly Shard[], scratch: Float32Array) => void,
  combine: (block: ChannelBlock, pass: Pass) => void,
  apply: (piece: Piece) => void,
): Phase[] {
  const C = layer.numFeatures;
  const meeting = exchangeNow(ranks, 'moments', [{ of: 'shards', array: moments, size: 2 * C }]);
  if (byChannels)
    return [
      perChannels(C, (block, pass, scratch) => sum(pieceOfChannels(block, pass), ownShards(pass), scratch)),
      ...meeting,
      perChannels(C, (block, pass) => {
        combine(block, pass);
        apply(pieceOfChannels(block, pass));
      }),
    ];
  return [
    perShard((shard, _pass, scratch) => sum(pieceOfShard(shard, C), [shard], scratch)),
    ...meeting,
    perPart(1, (_part, pass) => combine({ first: 0, count: C }, pass)),
    perShard((shard) => apply(pieceOfShard(shard, C))),
  ];
}

function forward(statistics: BatchStatistics, { normalize }: ChannelMap): Phase[] {
  const { layer, kernels, state, input, pixels, coefficients } = statistics;
  const C = layer.numFeatures;
  return inThreeSteps(
    statistics,
    (piece, shards, scratch) => {
      const x = piecesOf(input.data, pixels * C, piece);
      const { samples, sums } = placesOf(statistics, piece.channels, shards, scratch);
      kernels.columnMoments(x, samples, pixels, piece.channels.count, C, sums, scratch);
    },
    (block, pass) => {
      takeStatistics(statistics, block, pass);
      for (let c = block.first; c < block.first + block.count; c++) {
        setMap(state, C, c, statistics.mean[c], statistics.inverseDeviation[c]);
        coefficients[c] = state.map[c];
      }
    },
    normalize,
  );
}

function takeStatistics(statistics: BatchStatistics, block: ChannelBlock, pass: Pass): void {
  const { layer, state, input, pixels } = statistics;
  const { samples, shards, training } = pass;
  const { type, eps } = layer;
  const count = samples * pixels;
  if (count === 1) throw new HeddleError('SHAPE', oneValue(type, training, input.shape));
  const running = training && state.running;
  const momentum = running ? momentumOf(statistics, running.batchesTracked, block, pass) : 0;
  const sums = sumOverShards(statistics, block, shards);
  for (let c = block.first; c < block.first + block.count; c++) {
    const [sum, squareSum] = [sums[c - block.first], sums[c - block.first + block.count]];
    const mean = sum / count;
    const variance = Math.max(0, squareSum / count - mean * mean);
    statistics.mean[c] = mean;
    statistics.inverseDeviation[c] = 1 / Math.sqrt(variance + eps);
    if (!running) continue;
    const unbiased = (variance * count) / (count - 1);
    running.mean[c] = (1 - momentum) * running.mean[c] + momentum * mean;
    running.variance[c] = (1 - momentum) * running.variance[c] + momentum * unbiased;
  }
}

/** The weight of a batch in the running statistics. It is counted, unless these are estimated. */
function momentumOf(
  { layer, use }: BatchStatistics,
  batchesTracked: BigInt64Array,
  block: ChannelBlock,
  { estimatedBatches }: Pass,
): number {
  if (estimatedBatches !== undefined) return 1 / (estimatedBatches * use.count + use.index + 1);
  if (block.first === 0) batchesTracked[0] += 1n;
  return layer.momentum ?? 1 / Number(batchesTracked[0]);
}

const oneValue = (type: string, training: boolean, input: Shape) =>
  `${type} needs more than one value per channel ${training ? 'in training' : 'without running statistics'}; ` +
  `this batch has a single sample${input.length > 1 ? ' of 1×1 pixels' : ''}` +
  (training ? '; a Trainer leaves out such a last batch with dropLast: true' : '');

function backward(statistics: BatchStatistics, map: ChannelMap, inputMask: number): Phase[] {
  const { layer, state, pixels, coefficients } = statistics;
  const { weight, bias } = state;
  const C = layer.numFeatures;
  return inThreeSteps(
    statistics,
    (piece, shards, scratch) => {
      const { samples, sums } = placesOf(statistics, piece.channels, shards, scratch);
      map.gradientMoments(piece, samples, coefficients, sums, scratch);
    },
    // dx = γ/σ·(dy − mean(dy) − (x − mean)/σ²·mean(dy·(x − mean))), as (a·dy + d) + b·(x − center).
    (block, { samples, shards }) => {
      const sums = sumOverShards(statistics, block, shards);
      for (let c = block.first; c < block.first + block.count; c++) {
        const [mean, inverseDeviation] = [statistics.mean[c], statistics.inverseDeviation[c]];
        const [dySum, productSum] = [sums[c - block.first], sums[c - block.first + block.count]];
        const rest = mean - coefficients[c];
        const covariance = productSum - rest * dySum;
        if (weight) weight.gradient[c] = covariance * inverseDeviation;
        if (bias) bias.gradient[c] = dySum;
        // d goes by a and b as they are rounded: what that took away then cancels.
        const a = Math.fround((weight?.data[c] ?? 1) * inverseDeviation);
        const b = Math.fround((-a * inverseDeviation * inverseDeviation * covariance) / (samples * pixels));
        coefficients[C + c] = a;
        coefficients[2 * C + c] = b;
        coefficients[3 * C + c] = (-a * dySum) / (samples * pixels) - b * rest;
      }
    },
    (piece) => map.inputGradient(piece, coefficients, inputMask),
  );
}

/** Of some shards, one behind the other: how many samples each has, in scratch memory, and where the sums of a block begin, which
 * are Σx or Σdy of each channel, then Σx² or Σdy·(x − center). */
function placesOf(
  { moments, layer }: BatchStatistics,
  { first }: ChannelBlock,
  shards: readonly Shard[],
  scratch: Float32Array,
) {
  const samples = new Int32Array(scratch.buffer, scratch.byteOffset + 4 * MOMENTS_SCRATCH, shards.length);
  for (const [place, { count }] of shards.entries()) samples[place] = count;
  const start = shards.length > 0 ? 2 * (shards[0].index * layer.numFeatures + first) : 0;
  return { samples, sums: moments.subarray(start) };
}

/** A block's sums over all shards, in their order, in the place of the first one's. */
function sumOverShards(
  { kernels, moments, layer }: BatchStatistics,
  { first, count }: ChannelBlock,
  shards: number,
): Float64Array {
  const sums = moments.subarray(2 * first);
  kernels.sumMoments(sums, shards, count, layer.numFeatures);
  return sums;
}
