import type { BestEpoch } from '../formats/checkpoint.js';
import { loadStateDict, type StateDict } from '../network/stateDict.js';
import type { EpochReport } from './metrics.js';
import type { Programs } from './programs.js';
import { copies } from './runCheckpoint.js';

/** Remembers the epoch of the highest validation accuracy, the first of equals, with its weights. */
export class EarlyStopping {
  /** There after the first epoch of a fit that may stop early. */
  best: BestEpoch | undefined;

  /** @param state what the epoch's validation went by */
  add({ epoch, validationAccuracy = 0 }: EpochReport, state: () => StateDict): void {
    if (!this.best || validationAccuracy > this.best.accuracy)
      this.best = { epoch, accuracy: validationAccuracy, state: copies(state()) };
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
