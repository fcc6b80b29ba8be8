import { InvalidArgumentError } from 'commander';
import { HeddleError, shown } from '../../errors.js';
import { isPlainObject } from '../../validate.js';
import { pathName, positiveNumbers, signedNumbers } from './parsers.js';
import { optionOf, type Setting, type SettingTable, type ValuesOf } from './setting.js';

/** Reads settings that come from a file.
 * @param source what messages call the file
 * @throws HeddleError FORMAT naming a setting that is not in the table, or whose value is none for it */
export function readSettings<T extends SettingTable>(table: T, value: unknown, source: string): Partial<ValuesOf<T>> {
  if (!isPlainObject(value)) throw new HeddleError('FORMAT', `${source}: expected a JSON object with options of train`);
  const known = Object.entries(table).filter(([, { commandLineOnly }]) => !commandLineOnly);
  const settings = new Map<string, Setting>(known);
  const entries = Object.entries(value).map(([name, found]) => {
    const setting = settings.get(name);
    if (!setting) throw wrong(source, name, `there is no such option; there are ${[...settings.keys()].join(', ')}`);
    return [name, readSetting(setting, found, (what) => wrong(source, name, what))];
  });
  return Object.fromEntries(entries) as Partial<ValuesOf<T>>;
}

const wrong = (source: string, name: string, what: string) => new HeddleError('FORMAT', `${source}: ${name}: ${what}`);

/** Whether a setting may be a list, of numbers. */
const isPerChannel = ({ parse }: Setting) => parse === signedNumbers || parse === positiveNumbers;

/** A value from a file, or a list of numbers, becomes a text first, which the command line's parser reads. */
function readSetting(setting: Setting, value: unknown, wrong: (what: string) => HeddleError): unknown {
  const { parseArg, ...option } = optionOf(setting);
  if (!option.required) {
    if (typeof value !== 'boolean') throw wrong(`expected true or false; found ${shown(value)}`);
    return value;
  }
  if (typeof value !== 'number' && typeof value !== 'string' && !(isPerChannel(setting) && Array.isArray(value)))
    throw wrong(`expected a number or a string; found ${shown(value)}`);
  if (setting.parse === pathName && typeof value !== 'string') throw wrong(`expected a string; found ${shown(value)}`);
  try {
    return parseArg?.(String(value), undefined as never);
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw wrong(`${cause.message} Found ${shown(value)}`);
  }
}
