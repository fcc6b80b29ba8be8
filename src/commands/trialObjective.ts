import { fashionNet } from '../fashionMnist/network.js';
import type { Objective } from '../search/search.js';
import type { StudyConfig } from '../search/study.js';
import { Trainer } from '../training/trainer.js';
import type { FitOptions } from '../training/trainerOptions.js';
import type { Datasets } from './options/datasets.js';
import { checkedTrainOptions, type TrainSettings, trainDefaults, trainerOptions } from './options/trainOptions.js';
import type { TuneSettings } from './options/tuneSettings.js';

/** What a trial is: a training with its settings, evaluated on the validation images after each epoch. */
export const trialObjective =
  (
    { epochs, seed }: StudyConfig,
    { train, validation, normalization }: Datasets,
    { workers, kernels, conv: convolution }: TuneSettings,
    watch: Pick<FitOptions, 'signal' | 'onStep' | 'onEvaluate'>,
  ): Objective =>
  async (settings, trial, report) => {
    const options: TrainSettings = {
      ...trainDefaults(),
      ...checkedTrainOptions(settings, `trial ${trial}`),
      ...{ epochs, seed },
    };
    const trainer = new Trainer(fashionNet({ dropout: options.dropout }), {
      ...trainerOptions(options, normalization, train.count),
      ...{ workers, kernels, convolution },
    });
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
