import { HeddleError } from '../errors.js';
import { MOMENTS_SCRATCH } from '../kernels/contract/channels.js';
import type { Kernels } from '../kernels/kernels.js';
import { type ChannelBlock, type Pass, type Phase, perChannels, perPart, perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { type BatchNormSettings, type BatchNormState, setMap } from './batchNormState.js';
import { type ChannelMap, type Piece, pieceOfChannels, pieceOfShard, piecesOf } from './channelMap.js';
import { cutByChannels } from './cut.js';
import type { Activation, LayerPlan, Planner } from './layer.js';

/** A BatchNorm by the statistics of the batch: one number a channel, but for the moments, which are two for each slot. */
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
  /** Cut by channels there is one slot, else one for each shard. */
  readonly byChannels: boolean;
  readonly moments: Float64Array;
}

export function planBatchStatistics(
  layer: BatchNormSettings,
  state: BatchNormState,
  input: Activation,
  map: ChannelMap,
  { arena, kernels, shards, batchSize, training, fused, scratch }: Planner,
): Omit<LayerPlan, 'output'> {
  const C = layer.numFeatures;
  const pixels = sizeOf(input.shape) / C;
  // Without a momentum all channels go by the number of batches, which one of them would have to count before the others.
  const apart = !state.running || layer.momentum !== null;
  const byChannels = training && apart && cutByChannels(batchSize, shards, pixels, C);
  // In evaluation each sample is a shard.
  const slots = byChannels ? 1 : training ? shards : batchSize;
  scratch(MOMENTS_SCRATCH);
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
    moments: arena.float64(slots * 2 * C),
  };
  return {
    forward: forward(statistics, map),
    backward: training ? backward(statistics, map, fused.inputMask ?? 0) : [],
  };
}

/** What is to be done to each piece of a batch for its sums, then to the sums of a block of channels from so many slots, then to
 * each piece again. Channels are independent of each other, and each block of them goes through all at once. */
function inThreeSteps(
  { layer, byChannels }: BatchStatistics,
  sum: (piece: Piece, slot: number, scratch: Float32Array) => void,
  combine: (block: ChannelBlock, slots: number, pass: Pass) => void,
  apply: (piece: Piece) => void,
): Phase[] {
  const C = layer.numFeatures;
  if (byChannels)
    return [
      perChannels(C, (block, pass, scratch) => {
        const piece = pieceOfChannels(block, pass);
        sum(piece, 0, scratch);
        combine(block, 1, pass);
        apply(piece);
      }),
    ];
  return [
    perShard((shard, _pass, scratch) => sum(pieceOfShard(shard, C), shard.index, scratch)),
    perPart(1, (_part, pass) => combine({ first: 0, count: C }, pass.shards, pass)),
    perShard((shard) => apply(pieceOfShard(shard, C))),
  ];
}

function forward(statistics: BatchStatistics, { normalize }: ChannelMap): Phase[] {
  const { layer, kernels, state, input, pixels, coefficients } = statistics;
  const C = layer.numFeatures;
  return inThreeSteps(
    statistics,
    (piece, slot, scratch) => {
      const [x, rows, { count }] = [
        piecesOf(input.data, pixels * C, piece),
        piece.samples.count * pixels,
        piece.channels,
      ];
      kernels.columnMoments(x, rows, count, C, momentsOf(statistics, piece.channels, slot), scratch);
    },
    (block, slots, pass) => {
      takeStatistics(statistics, block, slots, pass);
      for (let c = block.first; c < block.first + block.count; c++) {
        setMap(state, C, c, statistics.mean[c], statistics.inverseDeviation[c]);
        coefficients[c] = state.map[c];
      }
    },
    normalize,
  );
}

function takeStatistics(
  statistics: BatchStatistics,
  block: ChannelBlock,
  slots: number,
  { samples, training }: Pass,
): void {
  const { layer, state, input, pixels } = statistics;
  const { type, eps } = layer;
  const count = samples * pixels;
  if (count === 1) throw new HeddleError('SHAPE', oneValue(type, training, input.shape));
  const running = training && state.running;
  if (running && block.first === 0) running.batchesTracked[0] += 1n;
  const momentum = running ? (layer.momentum ?? 1 / Number(running.batchesTracked[0])) : 0;
  for (let c = block.first; c < block.first + block.count; c++) {
    const [sum, squareSum] = sumsOver(statistics, block, slots, c);
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
    (piece, slot, scratch) =>
      map.gradientMoments(piece, coefficients, momentsOf(statistics, piece.channels, slot), scratch),
    // dx = γ/σ·(dy − mean(dy) − (x − mean)/σ²·mean(dy·(x − mean))), as (a·dy + d) + b·(x − center).
    (block, slots, { samples }) => {
      for (let c = block.first; c < block.first + block.count; c++) {
        const [mean, inverseDeviation] = [statistics.mean[c], statistics.inverseDeviation[c]];
        const [dySum, productSum] = sumsOver(statistics, block, slots, c);
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

/** A block's sums in a slot: Σx or Σdy of each channel, then Σx² or Σdy·(x − center). */
function momentsOf({ moments, layer }: BatchStatistics, { first, count }: ChannelBlock, slot: number): Float64Array {
  const start = 2 * (slot * layer.numFeatures + first);
  return moments.subarray(start, start + 2 * count);
}

/** Both sums of a channel of a block, over all slots. */
function sumsOver(
  { moments, layer }: BatchStatistics,
  { first, count }: ChannelBlock,
  slots: number,
  channel: number,
): [number, number] {
  let [sum, productSum] = [0, 0];
  for (let slot = 0; slot < slots; slot++) {
    const place = 2 * (slot * layer.numFeatures + first) + channel - first;
    sum += moments[place];
    productSum += moments[place + count];
  }
  return [sum, productSum];
}
