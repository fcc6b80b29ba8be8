import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, type OptionValues } from 'commander';
import { HeddleError } from '../errors.js';
import type { KernelChoice } from '../kernels/load.js';
import type { ConvolutionChoice } from '../layers/layer.js';
import type { DatasetOptions } from './datasets.js';
import { recipes } from './recipes.js';
import { RunFolder } from './runFolder.js';
import type { TrainSettings } from './trainOptions.js';

/** Options that say where and how a run is done, not what it computes: a run's folder does not keep them. */
const ofTheMoment = ['out', 'resume', 'recipe', 'config', 'json', 'profile', 'workers', 'checkpointEvery'];

/** Options that mean something on the command line alone. */
const notInFiles = ['version', 'config', 'resume'];

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
  const settings: OptionValues = {
    ...options,
    ...before,
    ...given,
    ...(resumed ? { out: resumed.path } : {}),
    resumed,
  };
  if (settings.earlyStopping !== undefined && settings.validation === undefined)
    throw new HeddleError('ARGUMENT', '--early-stopping goes by a validation set; hold one out with --validation');
  const saved = Object.fromEntries(
    Object.entries(settings).filter(([name]) => name !== 'resumed' && !ofTheMoment.includes(name)),
  );
  return { ...settings, saved } as TrainRun;
}

async function presets(program: Command, given: OptionValues): Promise<OptionValues> {
  const file = given.config === undefined ? {} : await readConfig(program, given.config);
  const recipe = recipes[(given.recipe ?? file.recipe ?? 'original') as keyof typeof recipes];
  return { ...recipe, ...file };
}

async function readConfig(program: Command, path: string): Promise<OptionValues> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const code = cause instanceof SyntaxError ? 'FORMAT' : 'FILE';
    throw new HeddleError(code, `${path}: expected JSON with options of train; ${(cause as Error).message}`, { cause });
  }
  return checkedOptions(program, value, path);
}

/** @throws HeddleError FORMAT naming a setting that is no option, or whose value is none for it */
export function checkedOptions(program: Command, value: unknown, source: string): OptionValues {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HeddleError('FORMAT', `${source}: expected a JSON object with options of train`);
  return Object.fromEntries(
    Object.entries(value).map(([name, setting]) => [name, checkedOption(program, name, setting, source)]),
  );
}

function checkedOption(program: Command, name: string, value: unknown, source: string): unknown {
  const options = program.options.filter((candidate) => !notInFiles.includes(candidate.attributeName()));
  const option = options.find((candidate) => candidate.attributeName() === name && !candidate.negate);
  const wrong = (what: string) => new HeddleError('FORMAT', `${source}: ${name}: ${what}`);
  if (!option) {
    const names = new Set(options.map((candidate) => candidate.attributeName()));
    throw wrong(`there is no such option; there are ${[...names].join(', ')}`);
  }
  if (option.isBoolean()) {
    if (typeof value !== 'boolean') throw wrong(`expected true or false; found ${JSON.stringify(value)}`);
    return value;
  }
  if (typeof value !== 'number' && typeof value !== 'string')
    throw wrong(`expected a number or a string; found ${JSON.stringify(value)}`);
  if (!option.parseArg && typeof value === 'number') throw wrong(`expected a string; found ${value}`);
  try {
    return option.parseArg ? option.parseArg(String(value), undefined as never) : value;
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw wrong(`${cause.message} Found ${JSON.stringify(value)}`);
  }
}

function savedOptions(program: Command, { config, path }: RunFolder): OptionValues {
  const { kernels, ...options } = checkedOptions(program, config.options, `${path}/config.json: options`);
  // All other kernels give the same bits, and this machine may not have those of that one.
  return kernels === 'relaxed' ? { ...options, kernels } : options;
}
