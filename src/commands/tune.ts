import { join } from 'node:path';
import { Option } from 'commander';
import { replaceFile } from '../formats/durableFile.js';
import { studyPage } from '../pages/studyPage.js';
import { importance } from '../search/importance.js';
import { search } from '../search/search.js';
import { bestTrial, type Study, samplerNames } from '../search/study.js';
import { MOST_IN_KEY } from '../tensor/random.js';
import { interruption, networkCommand, number, pathName, run, whole, workersOption } from './command.js';
import { checkOutput, dataFiles } from './options/ownInput.js';
import { openStudyFolder, resumeStudy, tuneSettings } from './options/tuneSettings.js';
import { createStudyReporter } from './terminal/studyReporter.js';
import { trialObjective } from './trialObjective.js';

const program = networkCommand('tune', 'Searches for the settings of train that do best on held-out training images.')
  .option(
    '--space <file>',
    'what is searched: JSON, or a module with a default export (default: seven settings)',
    pathName,
  )
  .addOption(new Option('--sampler <name>', 'how settings are chosen').choices(samplerNames).default('tpe'))
  .option('--epochs <n>', 'of a trial that is not stopped early', whole(1), 4)
  .option('--eta <n>', 'one of so many trials goes on after 1, n, n² … epochs; 1: all do', whole(1), 2)
  .option('--limit <n>', 'training images of a trial', whole(1), 20_000)
  .option('--validation <n>', 'training images held out, to choose by', whole(1), 5_000)
  .option('--seed <n>', 'of the search and of each trial', whole(0, MOST_IN_KEY), 0)
  .option('--trials <n>', 'end when the study has so many', whole(1))
  .option('--minutes <m>', 'end after so much time', number(0, 35_000)) // what a timer of Node's takes
  .addOption(workersOption())
  .option('--out <dir>', 'folder of the study (default: "studies/DATE-TIME")', pathName)
  .option('--resume <dir>', 'go on with the study in this folder, to the same trials', pathName);

run(program, async () => {
  const settings = await tuneSettings(program);
  const { folder, resumed, trials, minutes, json, data } = settings;
  const { space } = program.opts();
  const outputs = ['study.jsonl', 'study.html', 'best.json'].map((name) => join(folder, name));
  await checkOutput(
    [resumed ? '--resume' : '--out', outputs],
    [['--space', space ? [space] : []], await dataFiles(data)],
  );
  const { journal, datasets } = await openStudyFolder(settings);
  const reporter = createStudyReporter(json, trials);
  const interrupted = interruption();
  const signals =
    minutes === undefined ? [interrupted] : [interrupted, AbortSignal.timeout(Math.round(60_000 * minutes))];
  const signal = AbortSignal.any(signals);
  const objective = trialObjective(journal.study.config, datasets, settings, {
    signal,
    onStep: reporter.step,
    onEvaluate: reporter.evaluation,
  });
  reporter.change(journal.study);
  const onChange = async (study: Study) => {
    reporter.change(study);
    if (study.trials.at(-1)?.state !== 'running') await writeResults(folder, study);
  };
  await search(journal, objective, { signal, onChange, ...(trials === undefined ? {} : { trials }) });
  await writeResults(folder, journal.study);
  reporter.end(journal.study, folder, signal.aborted ? resumeStudy(program, settings) : undefined);
  if (interrupted.aborted) process.exitCode = 130;
});

/** The best settings until now, for `train --config`, and the study's page. */
async function writeResults(folder: string, study: Study): Promise<void> {
  const { sampler, seed, epochs, space, first } = study.config;
  const best = bestTrial(study);
  const page = studyPage({
    ...{ title: `Fashion-MNIST, ${study.trials.length} trials`, created: new Date().toLocaleString('en-GB') },
    ...{ sampler, seed, maxEpochs: epochs, space, trials: study.trials },
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
