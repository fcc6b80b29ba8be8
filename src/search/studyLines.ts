import { HeddleError, quote } from '../errors.js';
import { readSpace, type Settings, type SettingValue } from './space.js';
import { applyEvent, type EpochResult, type Study, type StudyConfig, type StudyEvent, samplerNames } from './study.js';

export const studyLine = (event: StudyEvent) => `${JSON.stringify(event)}\n`;

/**
 * The study that whole lines of a study's file tell, and how many of them come before the start of a trial that has not
 * ended: a study is continued after those, as an interrupted trial runs again from its start.
 *
 * @param source what messages call the file
 * @throws HeddleError FORMAT naming the line, what it should be and what it is
 */
export function readStudy(text: string, source: string): { study: Study | undefined; settledLines: number } {
  let study: Study | undefined;
  let settledLines = 0;
  for (const [i, line] of text.split('\n').slice(0, -1).entries()) {
    try {
      const event = readEvent(line);
      study = applyEvent(study, event);
      if (event.event === 'study' || event.event === 'end') settledLines = i + 1;
    } catch (cause) {
      if (!(cause instanceof HeddleError)) throw cause;
      throw new HeddleError('FORMAT', `${source}, line ${i + 1}: ${cause.message}`, { cause });
    }
  }
  return { study, settledLines };
}

type Fields = Readonly<Record<string, unknown>>;

function readEvent(line: string): StudyEvent {
  const fields = asObject(parse(line));
  if (fields?.event === 'study') return { event: 'study', ...readConfig(fields) };
  if (!fields || !['trial', 'epoch', 'end'].includes(fields.event as string))
    throw new HeddleError(
      'FORMAT',
      `expected an object with the event study, trial, epoch or end; found ${quote(line)}`,
    );
  const trial = field(fields, 'trial', isCount, 'a whole number of 1 or more');
  if (fields.event === 'trial')
    return { event: 'trial', trial, settings: field(fields, 'settings', isSettings, 'an object of plain values') };
  if (fields.event === 'epoch') return { event: 'epoch', trial, ...readResult(fields) };
  const state = field(fields, 'state', isEndState, 'complete, pruned or failed');
  if (state === 'failed') return { event: 'end', trial, state, reason: field(fields, 'reason', isText, 'a text') };
  return { event: 'end', trial, state, accuracy: field(fields, 'accuracy', isShare, 'a number from 0 to 1') };
}

/** @throws HeddleError FORMAT naming a field that is not as it should be */
export function readConfig(fields: Fields): StudyConfig {
  return {
    version: field(fields, 'version', isText, 'a text'),
    seed: field(fields, 'seed', isNumber, 'a number'),
    sampler: field(fields, 'sampler', isSampler, samplerNames.join(' or ')),
    space: readSpace(fields.space, 'space'),
    first: field(fields, 'first', isSettingsList, 'an array of objects of plain values'),
    epochs: field(fields, 'epochs', isCount, 'a whole number of 1 or more'),
    halving: field(fields, 'halving', isHalving, 'null, or eta and minEpochs'),
    run: field(fields, 'run', isFields, 'an object'),
  };
}

function readResult(fields: Fields): EpochResult {
  return {
    epoch: field(fields, 'epoch', isCount, 'a whole number of 1 or more'),
    accuracy: field(fields, 'accuracy', isShare, 'a number from 0 to 1'),
    loss: field(fields, 'loss', isNumber, 'a number'),
    seconds: field(fields, 'seconds', isNumber, 'a number'),
  };
}

function field<T>(fields: Fields, name: string, is: (value: unknown) => value is T, expected: string): T {
  const value = fields[name];
  if (!is(value))
    throw new HeddleError('FORMAT', `expected ${expected} as ${name}; found ${quote(JSON.stringify(value) ?? 'none')}`);
  return value;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;
const isShare = (value: unknown): value is number => isNumber(value) && value >= 0 && value <= 1;
const isFields = (value: unknown): value is Fields => asObject(value) !== undefined;
const isValue = (value: unknown): value is SettingValue =>
  isText(value) || isNumber(value) || typeof value === 'boolean';
const isSettings = (value: unknown): value is Settings => isFields(value) && Object.values(value).every(isValue);
const isSettingsList = (value: unknown): value is Settings[] => Array.isArray(value) && value.every(isSettings);
const isHalving = (value: unknown): value is StudyConfig['halving'] =>
  value === null || (isFields(value) && isCount(value.eta) && isCount(value.minEpochs));
const isSampler = (value: unknown): value is StudyConfig['sampler'] => samplerNames.includes(value as never);
const isEndState = (value: unknown): value is 'complete' | 'pruned' | 'failed' =>
  value === 'complete' || value === 'pruned' || value === 'failed';

function asObject(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
