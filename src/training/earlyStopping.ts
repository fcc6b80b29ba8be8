import type { BestEpoch } from '../formats/checkpoint.js';
import { loadStateDict, type StateDict } from '../network/stateDict.js';
import { modeOf } from '../optimizers/schedules.js';
import { oneOf } from '../validate.js';
import type { EpochMetric, EpochReport } from './metrics.js';
import type { Programs } from './programs.js';
import { copies } from './runCheckpoint.js';

/** What a run is judged by: what it was asked for, else its validation accuracy or, where there is none, its validation loss.
 *
 * @param known what the run reports
 * @throws HeddleError ARGUMENT for another metric, with those that there are */
export function judgedBy(metric: EpochMetric | undefined, known: readonly EpochMetric[]): EpochMetric {
  if (metric !== undefined) return oneOf('earlyStopping metric', metric, known);
  return known.includes('validationAccuracy') ? 'validationAccuracy' : 'validationLoss';
}

const isBetter = (metric: EpochMetric, value: number, than: number) =>
  modeOf(metric) === 'max' ? value > than : value < than;

/** Remembers the best epoch by a metric, the first of equals, with its weights. */
export class EarlyStopping {
  /** There after the first epoch of a fit that may stop early. */
  best: BestEpoch | undefined;

  /** @param state what the epoch's metrics went by */
  add(report: EpochReport, metric: EpochMetric, state: () => StateDict): void {
    const value = report[metric] as number;
    if (!this.best || isBetter(metric, value, this.best.value))
      this.best = { epoch: report.epoch, metric, value, state: copies(state()) };
  }

  /** Whether the last `patience` of so many epochs brought nothing better. */
  isOver(epochs: number, patience: number): boolean {
    return this.best !== undefined && epochs - this.best.epoch >= patience;
  }

  /** Puts the weights of the best epoch in the place of the last one's. */
  loadBest({ model, average }: Programs): void {
    if (!this.best) return;
    model.loadStateDict(this.best.state);
    if (average) loadStateDict(average.state, this.best.state);
  }
}
