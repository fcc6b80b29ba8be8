import type { OnnxOperator } from '../formats/onnxOperator.js';
import { type PartPhase, type Phase, perPart, perShard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import { flag, inRange, options, required, wholeNumber } from '../validate.js';
import { activatedMap } from './activatedMap.js';
import { type BatchNormSettings, type BatchNormState, planState, runningMap } from './batchNormState.js';
import { planBatchStatistics } from './batchStatistics.js';
import { type ChannelMap, pieceOfShard, plainMap, poolingMap } from './channelMap.js';
import { type Activation, Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';
import { epsilonText, flagText } from './pythonText.js';
import { maskGradient } from './relu.js';

export interface BatchNormOptions {
  /** Added to the variance, default 1e-5. */
  eps?: number;
  /** Weight of the newest batch in the running statistics, default 0.1; null makes them the mean over all batches. */
  momentum?: number | null;
  /** Whether it has a weight and a bias, default true. */
  affine?: boolean;
  /** Whether it keeps running statistics, default true; else it takes the batch's in evaluation too. */
  trackRunningStats?: boolean;
}

const defaults = { eps: 1e-5, momentum: 0.1, affine: true, trackRunningStats: true } as const;

/** y = (x − mean) / √(variance + eps) · weight + bias over each channel: the statistics are those of the whole batch in
 * training, however it is sharded, and the running ones (with the unbiased variance) otherwise. Ioffe and Szegedy, 2015
 * (arXiv:1502.03167). */
export abstract class BatchNorm extends Layer implements BatchNormSettings {
  readonly eps: number;
  readonly momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;

  constructor(
    type: string,
    readonly numFeatures: number,
    given: BatchNormOptions | undefined,
    others: readonly unknown[],
  ) {
    super();
    const form = `new ${type}(numFeatures, { eps, momentum, affine, trackRunningStats })`;
    required(form, { numFeatures });
    const settings = options(form, given, defaults, others);
    wholeNumber(`${type} numFeatures`, numFeatures, 1);
    this.eps = inRange(`${type} eps`, settings.eps, 0, Number.MAX_VALUE);
    this.momentum = settings.momentum === null ? null : inRange(`${type} momentum`, settings.momentum, 0, 1);
    this.affine = flag(`${type} affine`, settings.affine);
    this.trackRunningStats = flag(`${type} trackRunningStats`, settings.trackRunningStats);
  }

  arguments() {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    // The two that came later stand only where they are not PyTorch's defaults: older graphs do without.
    const later = { ...(affine ? {} : { affine }), ...(trackRunningStats ? {} : { trackRunningStats }) };
    return [numFeatures, { eps, momentum, ...later }];
  }

  describe(): string {
    const { type, numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return (
      `${type}(${numFeatures}, eps=${epsilonText(eps)}, momentum=${momentum ?? 'None'}, affine=${flagText(affine)}, ` +
      `track_running_stats=${flagText(trackRunningStats)})`
    );
  }

  /** By the running statistics: ONNX has no other form that is taken in evaluation. */
  override onnx(): OnnxOperator | undefined {
    if (!this.trackRunningStats) return undefined;
    const constant = (value: number) => {
      const data = new Float32Array(this.numFeatures).fill(value);
      return { shape: [data.length], data };
    };
    const affine = this.affine ? ['weight', 'bias'] : [constant(1), constant(0)];
    const tensors = [...affine, 'running_mean', 'running_var'];
    return { opType: 'BatchNormalization', tensors, attributes: { epsilon: { float: this.eps } } };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const state = planState(this, planner);
    const map = mapOf(state.map, input, planner);
    const { output } = map;
    if (!state.running || (planner.training && !planner.frozen))
      return { output, ...planBatchStatistics(this, state, input, map, planner) };
    const running = runningMap(this, state);
    if (planner.training) return { output, ...constantMap(state, running, input, map, planner) };
    return { output, prepare: running, forward: normalizing(map), backward: [] };
  }
}

function mapOf(affine: Float32Array, input: Activation, planner: Planner): ChannelMap {
  const { pool, activation } = planner.fused;
  if (pool) return poolingMap(affine, input, planner);
  if (activation === 'SiLU' || activation === 'Hardswish') return activatedMap(affine, input, planner, activation);
  return plainMap(affine, input, planner);
}

const normalizing = ({ output, normalize }: ChannelMap): Phase[] => [
  perShard((shard) => normalize(pieceOfShard(shard, output.shape[0]))),
];

/** Training by the running statistics, which are constants then: dx = scale·dy. */
function constantMap(
  { map }: BatchNormState,
  running: PartPhase,
  input: Activation,
  channelMap: ChannelMap,
  { arena, kernels, fused }: Planner,
): Omit<LayerPlan, 'output'> {
  const [C] = input.shape;
  const size = sizeOf(input.shape);
  /** Around 0 and without a shift. */
  const slope = arena.float32(3 * C);
  const backward = perShard(({ first, count }) => {
    const [dy, dx] = [channelMap.output.gradient, input.gradient].map((array) => samplesOf(array, size, first, count));
    kernels.scaleShift(dy, (count * size) / C, C, C, slope, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, dx);
  });
  const isBounded = fused.activation === 'ReLU6';
  const isMasked = (fused.relu && !fused.gradientMasked) || isBounded;
  const mask = isBounded ? kernels.relu6Backward : kernels.reluBackward;
  return {
    prepare: perPart(1, (...pass) => {
      running.run(...pass);
      slope.set(map.subarray(C, 2 * C), C);
    }),
    forward: normalizing(channelMap),
    backward: isMasked ? [maskGradient(kernels, channelMap.output, mask), backward] : [backward],
  };
}
