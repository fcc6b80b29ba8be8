import { basename, join } from 'node:path';
import { replaceFile } from '../formats/durableFile.js';
import { studyPage } from '../pages/studyPage.js';
import { importance } from '../search/importance.js';
import { search } from '../search/search.js';
import { bestTrial, type Study, type Trial } from '../search/study.js';
import { command, endBySignal, interruption, runTogether } from './command.js';
import { checkSameCommand, give } from './job.js';
import { bestCommand } from './options/bestCommand.js';
import { checkOutput, dataFiles } from './options/ownInput.js';
import { resumeCommand } from './options/resumeCommand.js';
import { openStudyFolder, tuneRun } from './options/tuneRun.js';
import { tuneSettings } from './options/tuneSettings.js';
import { createStudyOutput, goingOn } from './terminal/studyOutput.js';
import { trialObjective } from './trialObjective.js';
import { tuneBeside } from './tuneBeside.js';

const description = 'Searches for the settings of train that do best on held-out training images.';
const program = command('tune', description, tuneSettings);

runTogether(program, async (machines) => {
  await checkSameCommand(machines, program, tuneSettings);
  if (machines && machines.rank > 0) return tuneBeside(machines, program);
  const study = await tuneRun(program, machines?.ranks);
  const { settings, folder, resumed } = study;
  const { trials, minutes, json, data, space } = settings;
  const outputs = ['study.jsonl', 'study.html', 'best.json'].map((name) => join(folder, name));
  await checkOutput(
    [resumed ? '--resume' : '--out', outputs],
    [['--space', space ? [space] : []], await dataFiles(data)],
  );
  await give(machines, settings);
  const { journal, datasets } = await openStudyFolder(study, machines);
  const toGoOn = () => resumeCommand('tune', program, tuneSettings, folder, resumed !== undefined);
  if (machines) endBySignal((signal) => stoppedBy(signal, folder, `${goingOn(journal.study)}: ${toGoOn()}`));
  const output = createStudyOutput(json, trials);
  const interrupted = machines ? undefined : interruption();
  const timeout = minutes === undefined ? undefined : AbortSignal.timeout(Math.round(60_000 * minutes));
  const signal = AbortSignal.any([interrupted, timeout].filter((each) => each !== undefined));
  const watch = { onStep: output.step, onEvaluate: output.evaluation };
  // An epoch that others have to end as well is not broken off.
  const objective = trialObjective(settings, datasets, machines ? watch : { ...watch, signal });
  output.change(journal.study, journal.study.trials.at(-1));
  const onChange = async (study: Study, trial: Trial) => {
    output.change(study, trial);
    if (trial.state !== 'running') await writeResults(folder, study);
  };
  await search(journal, objective, { trials, machines, signal, onChange });
  await writeResults(folder, journal.study);
  output.end(journal.study, folder, signal.aborted ? toGoOn() : undefined);
  if (interrupted?.aborted) process.exitCode = 130;
});

/** What is told when a signal ends a study on several machines: mpirun sends one to all when a machine has failed, too. */
const stoppedBy = (signal: string, folder: string, howToGoOn: string) =>
  `stopped by ${signal}; ${folder} has the trials that have ended, and those that were running run again. ${howToGoOn}`;

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
