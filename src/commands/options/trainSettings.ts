import { join, resolve } from 'node:path';
import type { Command, OptionValues } from 'commander';
import { HeddleError } from '../../errors.js';
import { recipes } from '../../fashionMnist/recipes.js';
import { parseJson } from '../../formats/json.js';
import { readText } from '../../formats/regularFile.js';
import type { KernelChoice } from '../../kernels/load.js';
import type { ConvolutionChoice } from '../../layers/layer.js';
import { RunFolder } from '../runFolder.js';
import { checkedOptions } from './checkedOptions.js';
import type { DatasetOptions } from './datasets.js';
import { checkOutput, dataFiles } from './ownInput.js';
import { resumeCommand } from './resumeCommand.js';
import type { TrainSettings } from './trainOptions.js';

/** Options that say where and how a run is done, not what it computes: a run's folder does not keep them. */
const ofTheMoment = ['out', 'resume', 'recipe', 'config', 'json', 'profile', 'workers', 'checkpointEvery'];

/** Options that do nothing but with certain values of another one. */
const dependent: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  momentum: ['optimizer', ['sgd']],
  nesterov: ['optimizer', ['sgd']],
  warmup: ['schedule', ['cosine', 'onecycle']],
  lrStep: ['schedule', ['step']],
  gamma: ['schedule', ['step']],
};

/** Options that a run may go on with in another way than it began. */
const free = [...ofTheMoment, 'epochs', 'data', 'kernels', 'earlyStopping'];

/** A run that goes on keeps the others. */
const repeated = ['kernels', 'json', 'profile', 'workers', 'checkpointEvery'];

/** All options of a run of `train`, and the run that it goes on with. */
export interface TrainRun extends TrainSettings, DatasetOptions {
  readonly kernels: KernelChoice;
  readonly conv: ConvolutionChoice;
  readonly workers: number;
  readonly earlyStopping?: number;
  readonly checkpointEvery?: number;
  readonly out?: string;
  readonly json: boolean;
  readonly profile: boolean;
  readonly resumed: RunFolder | undefined;
  /** What the run's folder keeps of them. */
  readonly saved: Readonly<Record<string, unknown>>;
}

/**
 * The options of `train`: the command line before --config, that before --recipe, that before the defaults. When it goes
 * on with a run, what the command line leaves open is as it was in that run.
 */
export async function trainSettings(program: Command): Promise<TrainRun> {
  const options = program.opts();
  const given = Object.fromEntries(
    Object.entries(options).filter(([name]) => program.getOptionValueSource(name) === 'cli'),
  );
  const resumed: RunFolder | undefined =
    options.resume === undefined ? undefined : await RunFolder.open(options.resume);
  for (const name of ['out', 'recipe', 'config'])
    if (resumed && options[name] !== undefined)
      throw new HeddleError('ARGUMENT', `--resume goes on in its own folder, with its settings; leave --${name} away`);
  const before = resumed ? savedOptions(program, resumed) : await presets(program, given);
  if (resumed) checkUnchanged(program, given, before, resumed.path);
  const settings: OptionValues = {
    ...options,
    ...before,
    ...given,
    ...(resumed ? { out: resumed.path } : {}),
    resumed,
  };
  if (settings.earlyStopping !== undefined && settings.validation === undefined)
    throw new HeddleError('ARGUMENT', '--early-stopping goes by a validation set; hold one out with --validation');
  checkDependent(program, given, settings);
  if (settings.out !== undefined) {
    const written = RunFolder.files.map((file) => join(settings.out, file));
    const inputs = [['--config', given.config ? [given.config] : []] as const, await dataFiles(settings.data)];
    await checkOutput([resumed ? '--resume' : '--out', written], inputs);
  }
  const saved = Object.fromEntries(
    Object.entries({ ...settings, data: resolve(settings.data) }).filter(
      ([name]) => name !== 'resumed' && !ofTheMoment.includes(name),
    ),
  );
  return { ...settings, saved } as TrainRun;
}

/** What goes on with the run in this folder, if that is interrupted now. */
export function resumeTraining(program: Command, { resumed }: TrainRun, folder: string): string {
  // A run's folder keeps what the run was begun with.
  const all = program.options.map((option) => option.attributeName()).filter((name) => name !== 'resume');
  return resumeCommand(program, folder, resumed ? all : repeated);
}

/** @throws HeddleError ARGUMENT naming an option that would make another run of it */
function checkUnchanged(program: Command, given: OptionValues, before: OptionValues, path: string): void {
  for (const [name, value] of Object.entries(given)) {
    if (free.includes(name) || before[name] === undefined || before[name] === value) continue;
    const flag = program.options.find((option) => option.attributeName() === name)?.long;
    throw new HeddleError(
      'ARGUMENT',
      `${flag} ${value}: the run in ${path} has ${before[name]}, and goes on with its own settings; leave ${flag} away`,
    );
  }
}

/** Of the command line alone: a file or a recipe may hold what another option of the command line makes idle.
 * @throws HeddleError ARGUMENT */
function checkDependent(program: Command, given: OptionValues, settings: OptionValues): void {
  for (const [name, [other, values]] of Object.entries(dependent)) {
    if (!given[name] || values.includes(settings[other])) continue;
    const flag = program.options.find((option) => option.attributeName() === name)?.long;
    throw new HeddleError(
      'ARGUMENT',
      `${flag} does nothing with --${other} ${settings[other]}; it is for --${other} ${values.join(' or ')}`,
    );
  }
}

async function presets(program: Command, given: OptionValues): Promise<OptionValues> {
  const file = given.config === undefined ? {} : await readConfig(program, given.config);
  const recipe: Partial<TrainSettings> = recipes[(given.recipe ?? file.recipe ?? 'original') as keyof typeof recipes];
  const { lr, momentum, nesterov, weightDecay, ...anyOptimizer } = recipe;
  const optimizer = given.optimizer ?? file.optimizer ?? 'sgd';
  // All recipes are SGD's, with numbers that are no good for others.
  return { ...(optimizer === 'sgd' ? recipe : anyOptimizer), ...file };
}

async function readConfig(program: Command, path: string): Promise<OptionValues> {
  return checkedOptions(program, parseJson(await readText(path), path, 'JSON with options of train'), path);
}

function savedOptions(program: Command, { config, path }: RunFolder): OptionValues {
  const { kernels, ...options } = checkedOptions(program, config.options, `${path}/config.json: options`);
  // All other kernels give the same bits, and this machine may not have those of that one.
  return kernels === 'relaxed' ? { ...options, kernels } : options;
}
