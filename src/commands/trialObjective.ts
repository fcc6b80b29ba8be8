import type { Objective } from '../search/search.js';
import type { FitOptions } from '../training/trainerOptions.js';
import type { Datasets } from './options/datasets.js';
import { defaultsOf } from './options/setting.js';
import { readSettings } from './options/settingsFile.js';
import { trainerOf } from './options/trainerOf.js';
import { searchableSettings, type TrainSettings, trainSettings } from './options/trainSettings.js';
import type { TuneSettings } from './options/tuneSettings.js';

/** What a trial is: a training with its settings, evaluated on the validation images after each epoch. */
export const trialObjective =
  (
    { epochs, seed, workers, kernels, conv }: TuneSettings,
    { train, validation, normalization }: Datasets,
    watch: Pick<FitOptions, 'signal' | 'onStep' | 'onEvaluate'>,
  ): Objective =>
  async (settings, trial, report) => {
    const tried: TrainSettings = {
      ...defaultsOf(trainSettings),
      ...readSettings(searchableSettings, settings, `trial ${trial}`),
      epochs,
      seed,
      workers,
      kernels,
      conv,
    };
    const trainer = trainerOf(tried, normalization, train.count);
    try {
      const fitOptions = { ...watch, epochs, ...(validation ? { validation } : {}) };
      for await (const { epoch, seconds, validationLoss = 0, validationAccuracy = 0 } of trainer.fit(
        train,
        fitOptions,
      )) {
        if (!(await report({ epoch, accuracy: validationAccuracy, loss: validationLoss, seconds }))) return;
      }
    } finally {
      await trainer.close();
    }
  };
