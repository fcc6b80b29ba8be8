import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { fingerprint } from '../../data/fingerprint.js';
import type { LabelledData } from '../../datasets/labelledData.js';
import { HeddleError } from '../../errors.js';
import { makeFolder, removeTemporaries, writing } from '../../formats/durableFile.js';
import { version } from '../../formats/version.js';
import type { JoinedMachines } from '../../machines/joinMachines.js';
import { isFixed, isRange, type SearchParameter, type SettingValue, type Space } from '../../search/space.js';
import { loadSpace } from '../../search/spaceFile.js';
import type { Journal, Study, StudyConfig } from '../../search/study.js';
import { loadStudy, lockStudy, openStudy } from '../../search/studyFile.js';
import { defaultFolder } from '../runFolder.js';
import { checkSameData } from '../trainBeside.js';
import { type Datasets, datasetsOf, loadData } from './datasets.js';
import { networkChoice } from './networks.js';
import { flagOf, givenValues, refused, type SettingTable } from './setting.js';
import { readSettings } from './settingsFile.js';
import { firstIn, usualSpace } from './spaces.js';
import { searchableSettings, trainSettings } from './trainSettings.js';
import { type TuneSettings, type TuneTable, tuneSettings } from './tuneSettings.js';

/** What `tune` works at: a new study in a folder, or one that is there already. */
export interface TuneRun {
  readonly settings: TuneSettings;
  readonly space: Space;
  readonly folder: string;
  readonly resumed: Study | undefined;
  /** Where it runs on several machines, how many these are. */
  readonly ranks: number | undefined;
}

/** @throws HeddleError FORMAT when the space is none of `train`'s settings, ARGUMENT for settings that a study brings along */
export async function tuneRun(program: Command, ranks: number | undefined): Promise<TuneRun> {
  const options = program.opts<TuneSettings>();
  if (ranks) checkKernels(options);
  if (options.resume !== undefined) return resumedRun(options, givenValues<TuneTable>(program), options.resume, ranks);
  const space =
    options.space === undefined ? await usualSpace(options.data, options.network) : await loadSpace(options.space);
  checkSpace(space, options.space ?? 'the default space');
  return { settings: options, space, folder: options.out ?? defaultFolder('studies'), resumed: undefined, ranks };
}

/** Whichever of several machines runs a trial, its bits have to be the same. @throws HeddleError ARGUMENT */
export function checkKernels({ kernels }: Pick<TuneSettings, 'kernels'>): void {
  if (kernels === 'relaxed')
    throw refused('--kernels relaxed may give other bits on each machine; for several take auto');
}

const table: SettingTable = tuneSettings;

async function resumedRun(
  options: TuneSettings,
  given: Partial<TuneSettings>,
  folder: string,
  ranks: number | undefined,
): Promise<TuneRun> {
  for (const name of Object.keys(given))
    if (name !== 'resume' && !table[name].resume)
      throw refused(`--resume goes on with the study as it was begun; leave ${flagOf(table[name])} away`);
  const path = join(folder, 'study.jsonl');
  const study = await loadStudy(path);
  checkRanks(study, folder, ranks);
  const { epochs, seed, space, run } = study.config;
  const { data, imageSize, testShare, network, kernels, conv, limit, validation } = tuneSettings;
  const { trainData, validationData, ...saved } = run;
  const kept = { data, imageSize, testShare, network, kernels, conv, limit, validation };
  const before = readSettings(kept, saved, `${path}: run`);
  return { settings: { ...options, epochs, seed, ...before, ...given }, space, folder, resumed: study, ranks };
}

/** What a trial tries depends on which ones run beside it. */
function checkRanks({ config: { ranks } }: Study, folder: string, found: number | undefined): void {
  if (ranks === found) return;
  const [before, here] = [ranks, found].map((count) => (count ? `on ${count} ranks` : 'without mpirun'));
  const advice = ranks ? `with mpirun -n ${ranks}` : 'in the same way';
  throw refused(
    `--resume ${folder}: the study was begun ${before}; ${here} it would have other trials; go on ${advice}`,
  );
}

/** Each name must be a setting of a training, and what it may be must be right for that. */
function checkSpace(space: Space, source: string): void {
  for (const [name, parameter] of Object.entries(space)) {
    if (name in trainSettings && !(name in searchableSettings))
      throw new HeddleError('FORMAT', `${source}: ${name}: this is not for a space to say; see tune --help`);
    for (const value of valuesToCheck(parameter)) readSettings(searchableSettings, { [name]: value }, source);
  }
}

/** Values that are right for a setting only if all are: of a range, its ends and one between them that need not be whole. */
function valuesToCheck(parameter: SearchParameter): readonly SettingValue[] {
  if (isFixed(parameter)) return [parameter];
  if (!isRange(parameter)) return parameter.choices;
  const { low, high, integer, step = integer ? 1 : Math.min(0.5, (high - low) / 2) } = parameter;
  return [low, high, low + step];
}

/** Loads the data and begins the study, or goes on with it.
 * @param machines that are to have the same data
 * @throws HeddleError FILE when the folder of a new study holds one already, or another process is at it */
export async function openStudyFolder(
  run: TuneRun,
  machines: JoinedMachines | undefined,
): Promise<{ journal: Journal; datasets: Datasets }> {
  const { folder, resumed } = run;
  const data = await loadData({ ...run.settings, out: folder }, {});
  const datasets = datasetsOf(data, partsToSearchOn(data, run.settings));
  await checkSameData(machines, datasets);
  const path = join(folder, 'study.jsonl');
  await writing(folder, () => makeFolder(folder));
  await lockStudy(path, folder);
  await removeTemporaries(folder, ['best.json', 'study.html']);
  if (!resumed && existsSync(path))
    throw new HeddleError(
      'FILE',
      `${folder} holds a study already; go on with it by --resume, or give --out another folder`,
    );
  return { journal: await openStudy(path, studyConfig(run, datasets)), datasets };
}

/** A search learns enough from some of the images. */
export function partsToSearchOn({ train: { count } }: LabelledData, given: Pick<TuneSettings, 'validation' | 'limit'>) {
  const { validation = Math.min(5_000, Math.max(1, Math.floor(count / 5))) } = given;
  return { validation, limit: given.limit ?? Math.max(1, Math.min(20_000, count - validation)) };
}

/** What the study has to be about. */
function studyConfig({ settings, space, resumed, ranks }: TuneRun, { train, validation }: Datasets): StudyConfig {
  const { sampler, seed, epochs, eta, data, imageSize, testShare, network, conv, kernels } = settings;
  const bits = {
    // All other kernels give the same bits.
    kernels: kernels === 'relaxed' ? kernels : 'auto',
    trainData: fingerprint(train),
    ...(validation ? { validationData: fingerprint(validation) } : {}),
  };
  if (resumed) return { ...resumed.config, version, run: { ...resumed.config.run, ...bits } };
  return {
    version,
    seed,
    sampler,
    space,
    epochs,
    first: firstIn(space),
    halving: eta === 1 ? null : { eta, minEpochs: 1 },
    ranks,
    run: {
      data: resolve(data),
      imageSize,
      testShare,
      network: network !== undefined && networkChoice(network).file ? resolve(network) : network,
      limit: train.count,
      validation: validation?.count,
      conv,
      ...bits,
    },
  };
}
