import { HeddleError } from '../errors.js';
import { fashionNet } from '../fashionNet.js';
import type { Objective } from '../search/search.js';
import type { StudyConfig } from '../search/study.js';
import type { StepReport } from '../training/metrics.js';
import { Trainer } from '../training/trainer.js';
import type { Datasets } from './datasets.js';
import { checkedTrainOptions, type TrainSettings, trainDefaults, trainerOptions } from './trainOptions.js';
import type { TuneSettings } from './tuneSettings.js';

/** What a trial is: a training with its settings, evaluated on the validation images after each epoch. */
export const trialObjective =
  (
    { epochs, seed }: StudyConfig,
    { train, validation, normalization }: Datasets,
    { workers, kernels, conv: convolution }: TuneSettings,
    { signal, onStep }: { readonly signal: AbortSignal; readonly onStep: (report: StepReport) => void },
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
      const fitOptions = { epochs, signal, onStep, ...(validation ? { validation } : {}) };
      for await (const { epoch, seconds, validationLoss = 0, validationAccuracy = 0 } of trainer.fit(
        train,
        fitOptions,
      )) {
        if (!Number.isFinite(validationLoss))
          throw new HeddleError(
            'DIVERGED',
            `the loss on the validation images is ${validationLoss} after epoch ${epoch}`,
          );
        if (!(await report({ epoch, accuracy: validationAccuracy, loss: validationLoss, seconds }))) return;
      }
    } finally {
      await trainer.close();
    }
  };
