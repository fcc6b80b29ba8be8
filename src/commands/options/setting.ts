import { type Command, Option } from 'commander';
import { HeddleError } from '../../errors.js';

/** What a person can set in one command: on its command line, and for `train` in files and search spaces. */
export interface Setting {
  /** The flag as help shows it: `--lr <rate>`, `--nesterov` for a switch, or `--tensorboard [dir]` for one that may have a value. */
  readonly flag: string;
  readonly help: string;
  /** Makes a value of the flag's text, and of the value before it where a flag may be repeated. */
  readonly parse?: (text: string, before?: never) => unknown;
  readonly choices?: readonly string[];
  readonly default?: unknown;
  /** What help calls the default. */
  readonly defaultName?: string;
  /** Whether the command refuses to run without it. */
  readonly required?: true;
  /** The help of a switch's `--no-` form, which turns off what a file or a recipe turns on. */
  readonly off?: string;
  /** The setting without which this one does nothing, and the values with which it does something; without them, any. */
  readonly needs?: readonly [setting: string, ...values: readonly string[]];
  /** The part of a training that it describes; a search space may have all settings that are of a part. */
  readonly part?: 'network' | 'optimizer' | 'loss' | 'schedule' | 'augmentation' | 'trainer';
  /** What --resume does with it. Without this a run keeps the value that it began with. `free`: it does so unless
   * another one is given. `again`: it is no part of the run and has to be given again. `refused`: it must not be given.
   */
  readonly resume?: 'free' | 'again' | 'refused';
  /** Whether each of several machines may have a value of its own. */
  readonly perMachine?: true;
  /** Whether it must not stand in a file. */
  readonly commandLineOnly?: true;
}

/** All settings of a command by name, in the order in which help shows them. */
export type SettingTable = Readonly<Record<string, Setting>>;

type ValueOf<S extends Setting> = S extends { choices: readonly (infer Choice)[] }
  ? Choice
  : S extends { parse: (text: string, before?: never) => infer Value }
    ? Value | (S['flag'] extends `${string}[${string}` ? true : never)
    : boolean;

type WithValue<T extends SettingTable> = {
  [Name in keyof T]: T[Name] extends { default: unknown } | { required: true } ? Name : never;
}[keyof T];

/** The values of a table's settings; one without a default may be absent. */
export type ValuesOf<T extends SettingTable> = { readonly [Name in WithValue<T>]: ValueOf<T[Name]> } & {
  readonly [Name in Exclude<keyof T, WithValue<T>>]?: ValueOf<T[Name]>;
};

/** A setting as Commander has it. */
export function optionOf({ flag, help, parse, choices, default: initial, defaultName, required }: Setting): Option {
  const option = new Option(flag, help).makeOptionMandatory(required === true);
  if (parse) option.argParser(parse as (text: string, before: unknown) => unknown);
  if (choices) option.choices(choices);
  return initial === undefined ? option : option.default(initial, defaultName);
}

/** Gives a command its settings as options. */
export function addSettings(program: Command, table: SettingTable): Command {
  for (const setting of Object.values(table)) {
    program.addOption(optionOf(setting));
    if (setting.off) program.addOption(new Option(setting.flag.replace('--', '--no-'), setting.off));
  }
  return program;
}

/** The values on the command line, without the defaults. */
export const givenValues = <T extends SettingTable>(program: Command): Partial<ValuesOf<T>> =>
  Object.fromEntries(
    Object.entries(program.opts()).filter(([name]) => program.getOptionValueSource(name) === 'cli'),
  ) as Partial<ValuesOf<T>>;

export const defaultsOf = <T extends SettingTable>(table: T): ValuesOf<T> =>
  Object.fromEntries(
    Object.entries(table).flatMap(([name, setting]) =>
      setting.default === undefined ? [] : [[name, setting.default]],
    ),
  ) as ValuesOf<T>;

/** The error of a setting, or of several, that cannot be taken. */
export const refused = (message: string) => new HeddleError('ARGUMENT', message);

/** Makes something of a command's settings. What refuses one by its name says its flag then, which is what the person has typed. */
export function inFlags<T>(table: SettingTable, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof HeddleError)) throw cause;
    // Other words than the first that are names stand in camelCase, so that prose stays as it is.
    const message = cause.message.replace(/^\w+|\b[a-z]+[A-Z]\w*/g, (name) =>
      Object.hasOwn(table, name) ? flagOf(table[name]) : name,
    );
    throw new HeddleError(cause.code, message, { cause });
  }
}

/** `--batch-size`, without the name of its value. */
export const flagOf = ({ flag }: Setting): string => flag.split(' ')[0];
