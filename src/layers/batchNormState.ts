import { type PartPhase, perPart } from '../program/phase.js';
import type { Parameter, Planner } from './layer.js';

/** What a BatchNorm keeps, and the map of channels that it applies. */
export interface BatchNormState {
  readonly weight: Parameter | undefined;
  readonly bias: Parameter | undefined;
  readonly running: RunningStatistics | undefined;
  /** From the input to the output: see kernels.ts. */
  readonly map: Float32Array;
}

interface RunningStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly batchesTracked: BigInt64Array;
}

/** What a BatchNorm says of itself. */
export interface BatchNormSettings {
  readonly type: string;
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
}

export function planState(
  {
    numFeatures: C,
    affine,
    trackRunningStats,
  }: Pick<BatchNormSettings, 'numFeatures' | 'affine' | 'trackRunningStats'>,
  planner: Planner,
): BatchNormState {
  const weight = affine ? planner.parameter('weight', [C], { constant: 1 }) : undefined;
  const bias = affine ? planner.parameter('bias', [C], { constant: 0 }) : undefined;
  const running = trackRunningStats
    ? {
        mean: planner.buffer('running_mean', C, 0),
        variance: planner.buffer('running_var', C, 1),
        batchesTracked: planner.counter('num_batches_tracked'),
      }
    : undefined;
  return { weight, bias, running, map: planner.arena.float32(3 * C) };
}

/** Makes the map of the running statistics. */
export const runningMap = (
  { numFeatures: C, eps }: Pick<BatchNormSettings, 'numFeatures' | 'eps'>,
  state: BatchNormState,
): PartPhase =>
  perPart(1, () => {
    const { mean, variance } = state.running as RunningStatistics;
    for (let c = 0; c < C; c++) setMap(state, C, c, mean[c], 1 / Math.sqrt(variance[c] + eps));
  });

/** (x − mean)·scale + bias: the shift has what rounding took from the mean. */
export function setMap(
  { weight, bias, map }: BatchNormState,
  C: number,
  c: number,
  mean: number,
  inverseDeviation: number,
): void {
  map[c] = mean;
  map[C + c] = (weight?.data[c] ?? 1) * inverseDeviation;
  map[2 * C + c] = (bias?.data[c] ?? 0) - (mean - map[c]) * map[C + c];
}
