import type { BestEpoch, Checkpoint, Position } from '../formats/checkpoint.js';
import { checkStateDict, loadStateDict, type StateDict } from '../network/stateDict.js';
import type { StoredSource } from '../tensor/view.js';
import type { LearningRates } from './learningRates.js';
import { type Measured, type RunningEpoch, RunningMetrics } from './metrics.js';
import type { Programs } from './programs.js';

/** How far a run has come. */
export interface Progress {
  /** Training steps taken. */
  steps: number;
  /** Epochs trained, and evaluated, to their end. */
  epochs: number;
  /** The epoch at work, or the one that was interrupted. */
  running: RunningEpoch | undefined;
}

/** @param settings what determines the run, its data included */
export function takeCheckpoint(
  settings: Readonly<Record<string, unknown>>,
  { model, optimizerState, average }: Programs,
  { steps, epochs, running }: Progress,
  rates: LearningRates,
  best: BestEpoch | undefined,
): Checkpoint {
  const { metrics, seconds } = running ?? { metrics: { count: 0, sums: {} }, seconds: 0 };
  return {
    settings,
    position: {
      steps,
      epochs,
      running: { count: metrics.count, seconds, sums: structuredClone(metrics.sums) },
      ...rates.position(),
    },
    model: copies(model.stateDict()),
    optimizer: copies(optimizerState),
    average: copies(average?.state ?? new Map()),
    ...(best ? { best } : {}),
  };
}

/** Puts a checkpoint's tensors in the place of a run's. @throws HeddleError STATE_DICT when they do not fit; none is copied then */
export function loadTensors(
  programs: Programs,
  { model, optimizer, average, best }: Pick<Checkpoint, 'model' | 'optimizer' | 'average' | 'best'>,
): void {
  const averageState = programs.average?.state ?? new Map();
  for (const state of best ? [model, best.state] : [model]) checkStateDict(programs.model.stateDict(), state);
  checkStateDict(averageState, average);
  loadStateDict(programs.optimizerState, optimizer);
  loadStateDict(averageState, average);
  // The average has the model's own counters, so these come last.
  programs.model.loadStateDict(model);
}

/** How far the run of a checkpoint had come. */
export function progressAt({ steps, epochs, running }: Position, measured: Measured): Progress {
  const { count, seconds } = running;
  return {
    steps,
    epochs,
    running: count > 0 ? { metrics: new RunningMetrics(measured, running), seconds } : undefined,
  };
}

/** The tensors, copied as they lie in memory. */
export const copies = (state: StateDict): Map<string, StoredSource> =>
  new Map(
    [...state].map(([name, { shape, stride, offset, data }]) => [name, { shape, stride, offset, data: data.slice() }]),
  );
