import { join } from 'node:path';
import { replaceFile } from '../formats/durableFile.js';
import { studyPage } from '../pages/studyPage.js';
import { importance } from '../search/importance.js';
import { search } from '../search/search.js';
import { bestTrial, type Study } from '../search/study.js';
import { command, interruption, run } from './command.js';
import { checkOutput, dataFiles } from './options/ownInput.js';
import { resumeCommand } from './options/resumeCommand.js';
import { openStudyFolder, tuneRun } from './options/tuneRun.js';
import { tuneSettings } from './options/tuneSettings.js';
import { createStudyOutput } from './terminal/studyOutput.js';
import { trialObjective } from './trialObjective.js';

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
  const signals =
    minutes === undefined ? [interrupted] : [interrupted, AbortSignal.timeout(Math.round(60_000 * minutes))];
  const signal = AbortSignal.any(signals);
  const objective = trialObjective(settings, datasets, {
    signal,
    onStep: output.step,
    onEvaluate: output.evaluation,
  });
  output.change(journal.study);
  const onChange = async (study: Study) => {
    output.change(study);
    if (study.trials.at(-1)?.state !== 'running') await writeResults(folder, study);
  };
  await search(journal, objective, { signal, onChange, ...(trials === undefined ? {} : { trials }) });
  await writeResults(folder, journal.study);
  const resume = signal.aborted ? resumeCommand(program, tuneSettings, folder, resumed !== undefined) : undefined;
  output.end(journal.study, folder, resume);
  if (interrupted.aborted) process.exitCode = 130;
});

/** The best settings until now, for `train --config`, and the study's page. */
async function writeResults(folder: string, study: Study): Promise<void> {
  const { sampler, seed, epochs, space, first } = study.config;
  const best = bestTrial(study);
  const page = studyPage({
    title: `Fashion-MNIST, ${study.trials.length} trials`,
    created: new Date().toLocaleString('en-GB'),
    sampler,
    seed,
    maxEpochs: epochs,
    space,
    trials: study.trials,
    ...(first.length > 0 ? { baseline: 1 } : {}),
    importance: Object.fromEntries(importance(study).map(({ name, share }) => [name, share])),
  });
  const files = {
    'study.html': page,
    ...(best ? { 'best.json': `${JSON.stringify(best.settings, undefined, 2)}\n` } : {}),
  };
  for (const [name, text] of Object.entries(files))
    await replaceFile(join(folder, name), new TextEncoder().encode(text));
}
