import { type Command, InvalidArgumentError, type OptionValues } from 'commander';
import { HeddleError, shown } from '../../errors.js';
import { pathName } from '../command.js';

/** Options that mean something on the command line alone. */
const notInFiles = ['version', 'config', 'resume'];

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
    if (typeof value !== 'boolean') throw wrong(`expected true or false; found ${shown(value)}`);
    return value;
  }
  if (typeof value !== 'number' && typeof value !== 'string')
    throw wrong(`expected a number or a string; found ${shown(value)}`);
  const isText = !option.parseArg || option.parseArg === pathName;
  if (isText && typeof value === 'number') throw wrong(`expected a string; found ${value}`);
  try {
    return option.parseArg ? option.parseArg(String(value), undefined as never) : value;
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw wrong(`${cause.message} Found ${shown(value)}`);
  }
}
