import { HeddleError, quote } from '../src/errors.js';
import { fashionNet } from '../src/fashionMnist/network.js';
import type { Module } from '../src/graph/module.js';
import { lenet5 } from '../src/networks/lenet5.js';
import { MOST_IN_KEY } from '../src/tensor/random.js';
import { inRange, oneOf, wholeNumber } from '../src/validate.js';

/** What a run is trained by. Names in the address, and values, are those of the options of `train`. */
export interface Settings {
  readonly network: keyof typeof networks;
  readonly lr: number;
  readonly 'batch-size': number;
  readonly epochs: number;
  readonly limit: number;
  readonly seed: number;
  /** Undefined: one a core. The result does not depend on it. */
  readonly workers: number | undefined;
}

/** By the names that `train` has for them. */
export const networks: Readonly<Record<'lenet5' | 'fashion', () => Module>> = { lenet5, fashion: fashionNet };

/** In Fashion-MNIST's training set. */
export const TRAINING_IMAGES = 60_000;

export const defaultSettings: Settings = {
  network: 'lenet5',
  lr: 0.1,
  'batch-size': 50,
  epochs: 5,
  limit: TRAINING_IMAGES,
  seed: 0,
  workers: undefined,
};

type Parse<T> = (text: string, name: string) => T;

const whole =
  (least: number, most?: number): Parse<number> =>
  (text, name) =>
    wholeNumber(name, numberIn(text, name), least, most);

const parsers: { readonly [Name in keyof Settings]: Parse<Settings[Name]> } = {
  network: (text, name) => oneOf(name, text as Settings['network'], ['lenet5', 'fashion']),
  lr: (text, name) => inRange(name, numberIn(text, name), 0, Number.MAX_VALUE),
  'batch-size': whole(1, 1000),
  epochs: whole(1, 1000),
  limit: whole(1, TRAINING_IMAGES),
  seed: whole(0, MOST_IN_KEY),
  workers: (text, name) => (text === '' ? undefined : whole(1, 64)(text, name)),
};

/** @param given as the page's address has them behind its #, and as its form does; what is not there has its default
 * @throws HeddleError ARGUMENT naming the first that is no setting */
export function readSettings(given: URLSearchParams): Settings {
  const entries = [...given].map(([name, text]) => {
    if (!Object.hasOwn(parsers, name))
      throw new HeddleError(
        'ARGUMENT',
        `${quote(name)} in the address is no setting; there are ${Object.keys(parsers).join(', ')}`,
      );
    return [name, parsers[name as keyof Settings](text, name)];
  });
  return { ...defaultSettings, ...Object.fromEntries(entries) };
}

/** What `readSettings` reads. */
export const settingsText = (settings: Settings): string =>
  new URLSearchParams(
    Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  ).toString();

/** The command of Node that trains to the same bits, but for so many epochs; its lines tell the hash of the weights. */
export function commandOf({ workers, ...settings }: Settings, epochs: number): string {
  const options = Object.entries({ ...settings, epochs }).map(([name, value]) => `--${name} ${value}`);
  return `node dist/train.js ${options.join(' ')} --json`;
}

function numberIn(text: string, name: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new HeddleError('ARGUMENT', `${name}: expected a number, found ${quote(text)}`);
  return value;
}
