import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { fingerprint } from '../../data/fingerprint.js';
import { checkDataset } from '../../data/imageDataset.js';
import { HeddleError } from '../../errors.js';
import { fashionMnistClasses } from '../../fashionMnist/classes.js';
import { defaultSpace, originalIn } from '../../fashionMnist/defaultSpace.js';
import { fashionNetInput } from '../../fashionMnist/network.js';
import { removeTemporaries, writing } from '../../formats/durableFile.js';
import { makeFolder } from '../../formats/makeFolder.js';
import { version } from '../../formats/version.js';
import type { KernelChoice } from '../../kernels/load.js';
import type { ConvolutionChoice } from '../../layers/layer.js';
import { isFixed, isRange, type SearchParameter, type SettingValue, type Space } from '../../search/space.js';
import { loadSpace } from '../../search/spaceFile.js';
import type { Journal, SamplerName, Study, StudyConfig } from '../../search/study.js';
import { loadStudy, lockStudy, openStudy } from '../../search/studyFile.js';
import { defaultFolder } from '../runFolder.js';
import { type Datasets, loadDatasets } from './datasets.js';
import { resumeCommand } from './resumeCommand.js';
import { checkedTrainOptions } from './trainOptions.js';

/** The options of `tune`. */
export interface TuneSettings {
  readonly space: Space;
  readonly sampler: SamplerName;
  readonly epochs: number;
  readonly eta: number;
  readonly seed: number;
  readonly data: string;
  readonly limit: number;
  readonly validation: number;
  readonly kernels: KernelChoice;
  readonly conv: ConvolutionChoice;
  readonly workers: number;
  readonly trials?: number;
  readonly minutes?: number;
  readonly json: boolean;
  /** The study's folder, and the study in it when `tune` goes on with one. */
  readonly folder: string;
  readonly resumed: Study | undefined;
}

/** Options that may differ when a study goes on: they do not change what a trial finds, or are compared. */
const free = ['resume', 'trials', 'minutes', 'workers', 'kernels', 'json', 'data'];

/** What goes on with the study. */
export const resumeStudy = (program: Command, { folder, resumed }: TuneSettings): string =>
  resumeCommand(
    program,
    folder,
    free.filter((name) => name !== 'resume' && (resumed || name !== 'data')), // the study keeps where its data is
  );

/** @throws HeddleError FORMAT when the space is none of `train`'s options, ARGUMENT for options that a study brings along */
export async function tuneSettings(program: Command): Promise<TuneSettings> {
  const { resume, out, space: path, ...options } = program.opts();
  if (resume === undefined) {
    const space = path === undefined ? defaultSpace : await loadSpace(path);
    checkSpace(space, path ?? 'the default space');
    return { ...options, space, folder: out ?? defaultFolder('studies'), resumed: undefined } as TuneSettings;
  }
  const given = Object.keys(program.opts()).filter((name) => program.getOptionValueSource(name) === 'cli');
  for (const name of given)
    if (!free.includes(name))
      throw new HeddleError('ARGUMENT', `--resume goes on with the study as it was begun; leave --${name} away`);
  const study = await loadStudy(join(resume, 'study.jsonl'));
  const { data = study.config.run.data, kernels = study.config.run.kernels } = Object.fromEntries(
    given.map((name) => [name, options[name]]),
  );
  return {
    ...options,
    ...study.config,
    ...study.config.run,
    data,
    kernels,
    folder: resume,
    resumed: study,
  } as unknown as TuneSettings;
}

/** Each name must be an option of `train`, and what it may be must be right for that. */
function checkSpace(space: Space, source: string): void {
  for (const [name, parameter] of Object.entries(space)) {
    if (['epochs', 'seed', 'recipe', 'config'].includes(name))
      throw new HeddleError('FORMAT', `${source}: ${name}: this is not for a space to say; see tune --help`);
    for (const value of samplesOf(parameter)) checkedTrainOptions({ [name]: value }, source);
  }
}

/** Values that are right for an option only if all are: of a range, its ends and one between them that need not be whole. */
function samplesOf(parameter: SearchParameter): readonly SettingValue[] {
  if (isFixed(parameter)) return [parameter];
  if (!isRange(parameter)) return parameter.choices;
  const { low, high, integer, step = integer ? 1 : Math.min(0.5, (high - low) / 2) } = parameter;
  return [low, high, low + step];
}

/**
 * Loads the data and begins the study, or goes on with it.
 *
 * @throws HeddleError FILE when the folder of a new study holds one already, or another process is at it
 */
export async function openStudyFolder(settings: TuneSettings): Promise<{ journal: Journal; datasets: Datasets }> {
  const { folder, resumed, data, limit, validation } = settings;
  const datasets = await loadDatasets({ data, limit, validation });
  checkDataset(datasets.train, fashionNetInput, fashionMnistClasses.length);
  const path = join(folder, 'study.jsonl');
  await writing(folder, () => makeFolder(folder));
  await lockStudy(path, folder);
  await removeTemporaries(folder, ['best.json', 'study.html']);
  if (!resumed && existsSync(path))
    throw new HeddleError(
      'FILE',
      `${folder} holds a study already; go on with it by --resume, or give --out another folder`,
    );
  return { journal: await openStudy(path, studyConfig(settings, datasets)), datasets };
}

/** What the study has to be about. */
function studyConfig(settings: TuneSettings, { train, validation }: Datasets): StudyConfig {
  const { resumed, sampler, seed, space, epochs, eta, data, limit, validation: heldOut, conv, kernels } = settings;
  const bits = {
    // All others give the same bits.
    kernels: kernels === 'relaxed' ? kernels : 'auto',
    trainData: fingerprint(train),
    ...(validation ? { validationData: fingerprint(validation) } : {}),
  };
  if (resumed) return { ...resumed.config, version, run: { ...resumed.config.run, ...bits } };
  const original = originalIn(space);
  return {
    ...{ version, seed, sampler, space, epochs, first: original ? [original] : [] },
    halving: eta === 1 ? null : { eta, minEpochs: 1 },
    run: { data: resolve(data), limit, validation: heldOut, conv, ...bits },
  };
}
