import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { isMnistFolder } from '../../data/mnist/mnistFolder.js';
import { fashionMnistFolder } from '../../fashionMnist/dataset.js';
import { parseJson } from '../../formats/json.js';
import { isModuleName } from '../../formats/moduleFile.js';
import { readText } from '../../formats/regularFile.js';
import { RunFolder } from '../runFolder.js';
import { checkOutput, dataFiles } from './ownInput.js';
import { pathName } from './parsers.js';
import { type RecipeName, recipes, type SettingByData } from './recipes.js';
import { defaultsOf, flagOf, givenValues, refused, type SettingTable } from './setting.js';
import { readSettings } from './settingsFile.js';
import { defaultRate } from './trainerOf.js';
import { type TrainSettings, type TrainTable, trainSettings } from './trainSettings.js';

type Given = Partial<TrainSettings>;

/** A run of `train`: its settings, and the run that it goes on with. */
export interface TrainRun {
  readonly settings: TrainSettings;
  readonly resumed: RunFolder | undefined;
  /** Where the settings come from that nobody gave; of a run that goes on, it is as before. */
  readonly recipe: RecipeName | undefined;
  /** What nobody said, and the data say. */
  readonly byData: readonly SettingByData[];
}

/** The settings of `train`: the command line before --config, that before --recipe, that before the defaults. When it
 * goes on with a run, what the command line leaves open is as it was in that run. */
export async function trainRun(program: Command): Promise<TrainRun> {
  const { resume, ...given }: Given = givenValues<TrainTable>(program);
  const resumed = resume === undefined ? undefined : await RunFolder.open(resume);
  const { recipe, before } = resumed ? { recipe: undefined, before: savedSettings(resumed) } : await presets(given);
  const defaults = defaultsOf(trainSettings);
  if (resumed) checkUnchanged(given, { ...defaults, ...before }, resumed.path);
  const settings = { ...defaults, ...before, ...given, ...(resumed ? { out: resumed.path } : {}) };
  checkNeeds(given, settings);
  const { out } = settings;
  if (out !== undefined) {
    const written = RunFolder.files.map((file) => join(out, file));
    const inputs = [['--config', given.config ? [given.config] : []] as const, await dataFiles(settings.data)];
    await checkOutput([resumed ? '--resume' : '--out', written], inputs);
  }
  const isOpen = (name: SettingByData) => given[name] === undefined && before[name] === undefined;
  const byData = recipe === 'general' ? (['epochs', 'horizontalFlip'] as const).filter(isOpen) : [];
  return { settings, resumed, recipe, byData };
}

/** What a run's folder keeps of its settings. */
export const settingsToSave = (settings: TrainSettings): Given =>
  Object.fromEntries(
    Object.entries({ ...settings, ...absolutePaths(settings) }).filter(
      ([name]) => !['again', 'refused'].includes(table[name].resume ?? ''),
    ),
  );

/** The settings as a model file has them, which people give away: files by their names, without the folders that they lie in. */
export const recipeOf = (settings: TrainSettings): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(settingsToSave(settings)).map(([name, value]) => [
      name,
      table[name].parse === pathName ? basename(String(value)) : value,
    ]),
  );

/** Files that the settings name from the folder that the user is in. */
const absolutePaths = ({ data, network, weights }: TrainSettings): Given => ({
  data: resolve(data),
  ...(network !== undefined && isModuleName(network) ? { network: resolve(network) } : {}),
  ...(weights === undefined ? {} : { weights: resolve(weights) }),
});

const table: SettingTable = trainSettings;

/** @throws HeddleError ARGUMENT naming a setting that does not go with --resume, or would make another run of it */
function checkUnchanged(given: Given, before: TrainSettings, path: string): void {
  const kept: Given = { lr: defaultRate(before.optimizer), ...before };
  for (const [name, value] of Object.entries(given)) {
    const { resume, ...setting } = table[name];
    const [flag, found] = [flagOf(setting), kept[name as keyof TrainSettings]];
    if (resume === 'refused')
      throw refused(`--resume goes on in its own folder, with its settings; leave ${flag} away`);
    // Text, as a scaling may be a list of numbers.
    if (resume === undefined && String(found) !== String(value))
      throw refused(
        `${flag} ${value}: the run in ${path} has ${found ?? 'none'}, and goes on with its own settings; leave ${flag} away`,
      );
  }
}

/** What a setting does nothing without must be there; its value matters for those of the command line alone, as a file
 * or a recipe may hold what another option of the command line makes idle.
 * @throws HeddleError ARGUMENT */
function checkNeeds(given: Given, settings: TrainSettings): void {
  for (const [name, { needs, ...setting }] of Object.entries(table)) {
    if (!needs || !settings[name as keyof TrainSettings]) continue;
    const [other, ...values] = needs;
    const found = settings[other as keyof TrainSettings];
    const [flag, otherFlag] = [flagOf(setting), flagOf(table[other])];
    const isGiven = Boolean(given[name as keyof Given]);
    if (found === undefined || (isGiven && values.length === 0 && found === 0))
      throw refused(`${flag} does nothing without ${otherFlag}: ${table[other].help}`);
    if (!isGiven || values.length === 0 || values.includes(String(found))) continue;
    if (found === true)
      throw refused(
        `${flag} does nothing with ${otherFlag}, which takes its place; leave one away, or say ${otherFlag.replace('--', '--no-')}`,
      );
    throw refused(`${flag} does nothing with ${otherFlag} ${found}; it is for ${otherFlag} ${values.join(' or ')}`);
  }
}

async function presets(given: Given): Promise<{ recipe: RecipeName; before: Given }> {
  const file = given.config === undefined ? {} : await readConfig(given.config);
  const name = given.recipe ?? file.recipe ?? (await recipeFor(given.data ?? file.data ?? fashionMnistFolder));
  const { optimizer = 'sgd', ...recipe }: Given = recipes[name];
  const { lr, momentum, nesterov, weightDecay, ...anyOptimizer } = recipe;
  const wanted = given.optimizer ?? file.optimizer ?? optimizer;
  // A recipe's numbers are no good for another optimizer than its own.
  const settings: Given = wanted === optimizer ? { ...recipe, optimizer } : anyOptimizer;
  return { recipe: name, before: { ...settings, ...file } };
}

/** What data is trained with unless told otherwise: what looks like Fashion-MNIST, as the original trains on that. */
const recipeFor = async (data: string): Promise<RecipeName> => ((await isMnistFolder(data)) ? 'original' : 'general');

const readConfig = async (path: string): Promise<Given> =>
  readSettings(trainSettings, parseJson(await readText(path), path, 'JSON with options of train'), path);

/** The settings that a run was begun with. */
function savedSettings({ config, path }: RunFolder): Given {
  const { kernels, ...settings } = readSettings(trainSettings, config.options, `${path}/config.json: options`);
  // All other kernels give the same bits, and this machine may not have those that the run began with.
  return config.kernels === 'relaxed' ? { ...settings, kernels: 'relaxed' } : settings;
}
