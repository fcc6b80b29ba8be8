import { basename, join } from 'node:path';
import { replaceFile } from '../formats/durableFile.js';
import { studyPage } from '../pages/studyPage.js';
import { importance } from '../search/importance.js';
import type { Objective } from '../search/runTrials.js';
import { search } from '../search/search.js';
import { bestTrial, type Study, type Trial } from '../search/study.js';
import type { FitOptions } from '../training/trainerOptions.js';
import { command, interruption, run } from './command.js';
import { bestCommand } from './options/bestCommand.js';
import type { Datasets } from './options/datasets.js';
import { trainedOf } from './options/networkOfRun.js';
import { checkOutput, dataFiles } from './options/ownInput.js';
import { resumeCommand } from './options/resumeCommand.js';
import { defaultsOf } from './options/setting.js';
import { readSettings } from './options/settingsFile.js';
import { trainerOf } from './options/trainerOf.js';
import { searchableSettings, trainSettings } from './options/trainSettings.js';
import { openStudyFolder, tuneRun } from './options/tuneRun.js';
import { type TuneSettings, tuneSettings } from './options/tuneSettings.js';
import { createStudyOutput } from './terminal/studyOutput.js';

const description = 'Searches for the settings of train that do best on held-out training images.';
const program = command('tune', description, tuneSettings);

run(program, async () => {
  const study = await tuneRun(program);
  const { settings, folder, resumed } = study;
  const { trials, minutes, json, data, space } = settings;
  const outputs = ['study.jsonl', 'study.html', 'best.json'].map((name) => join(folder, name));
  await checkOutput(
    [resumed ? '--resume' : '--out', outputs],
    [['--space', space ? [space] : []], await dataFiles(data)],
  );
  const { journal, datasets } = await openStudyFolder(study);
  const output = createStudyOutput(json, trials);
  const interrupted = interruption();
  const timeout = minutes === undefined ? [] : [AbortSignal.timeout(Math.round(60_000 * minutes))];
  const signal = AbortSignal.any([interrupted, ...timeout]);
  const watch = { signal, onStep: output.step, onEvaluate: output.evaluation };
  output.change(journal.study, journal.study.trials.at(-1));
  const onChange = async (study: Study, trial: Trial) => {
    output.change(study, trial);
    if (trial.state !== 'running') await writeResults(folder, study);
  };
  await search(journal, trialObjective(settings, datasets, watch), { signal, onChange, trials });
  await writeResults(folder, journal.study);
  const resume = signal.aborted
    ? resumeCommand('tune', program, tuneSettings, folder, resumed !== undefined)
    : undefined;
  output.end(journal.study, folder, resume);
  if (interrupted.aborted) process.exitCode = 130;
});

/** The best settings until now, for `train --config`, and the study's page. */
async function writeResults(folder: string, study: Study): Promise<void> {
  const { sampler, seed, epochs, space, first } = study.config;
  const best = bestTrial(study);
  const page = studyPage({
    title: `${basename(String(study.config.run.data))}, ${study.trials.length} trials`,
    created: new Date().toLocaleString('en-GB'),
    sampler,
    seed,
    maxEpochs: epochs,
    command: bestCommand(study, folder),
    space,
    trials: study.trials,
    baseline: first.length > 0 ? 1 : undefined,
    importance: Object.fromEntries(importance(study).map(({ name, share }) => [name, share])),
  });
  await replaceFile(join(folder, 'study.html'), page);
  if (best) await replaceFile(join(folder, 'best.json'), `${JSON.stringify(best.settings, undefined, 2)}\n`);
}

/** What a trial is: a training with its settings, evaluated on the validation images after each epoch. */
function trialObjective(
  { epochs, seed, workers, kernels, conv, network }: TuneSettings,
  datasets: Datasets,
  watch: Pick<FitOptions, 'signal' | 'onStep' | 'onEvaluate'>,
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
