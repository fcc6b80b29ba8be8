import type { Objective } from '../search/runTrials.js';
import type { FitOptions } from '../training/trainerOptions.js';
import type { Datasets } from './options/datasets.js';
import { trainedOf } from './options/networkOfRun.js';
import { defaultsOf } from './options/setting.js';
import { readSettings } from './options/settingsFile.js';
import { trainerOf } from './options/trainerOf.js';
import { searchableSettings, trainSettings } from './options/trainSettings.js';
import type { TuneSettings } from './options/tuneSettings.js';

/** What a trial is: a training with its settings, evaluated on the validation images after each epoch. */
export function trialObjective(
  { epochs, seed, workers, kernels, conv, network }: TuneSettings,
  datasets: Datasets,
  watch?: Pick<FitOptions, 'signal' | 'onStep' | 'onEvaluate'>,
): Objective {
  const { train, validation } = datasets;
  const defaults = {
    ...defaultsOf(trainSettings),
    epochs,
    seed,
    workers,
    kernels,
    conv,
    ...(network === undefined ? {} : { network }),
  };
  return async (settings, trial, report) => {
    const tried = { ...defaults, ...readSettings(searchableSettings, settings, `trial ${trial}`) };
    const trainer = trainerOf(tried, await trainedOf(tried, datasets));
    const options = { ...watch, epochs, ...(validation ? { validation } : {}) };
    try {
      for await (const { epoch, seconds, validationLoss = 0, validationAccuracy = 0 } of trainer.fit(train, options))
        if (!(await report({ epoch, accuracy: validationAccuracy, loss: validationLoss, seconds }))) return;
    } finally {
      await trainer.close();
    }
  };
}
