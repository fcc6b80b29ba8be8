import * as v from 'valibot';
import { HeddleError, quote } from '../errors.js';
import { fields, number, numberFrom, plainObject, read, string, wholeNumberFrom } from '../formats/schema.js';
import { isPlainObject } from '../validate.js';
import { readSpace } from './space.js';
import {
  applyEvent,
  ranksOf,
  runningTrials,
  type Study,
  type StudyConfig,
  type StudyEvent,
  samplerNames,
} from './study.js';

export const studyLine = (event: StudyEvent) => `${JSON.stringify(event)}\n`;

/** The study that whole lines of a study's file tell, and the one that is continued, with how many of the lines come to it.
 * @param source what messages call the file
 * @throws HeddleError FORMAT naming the line, what it should be and what it is */
export function readStudy(text: string, source: string) {
  let study: Study | undefined;
  let settled: Study | undefined;
  let settledLines = 0;
  for (const [i, line] of text.split('\n').slice(0, -1).entries()) {
    try {
      const event = readEvent(line);
      study = applyEvent(study, event);
      if (isSettled(study, event)) [settled, settledLines] = [study, i + 1];
    } catch (cause) {
      if (!(cause instanceof HeddleError)) throw cause;
      throw new HeddleError('FORMAT', `${source}, line ${i + 1}: ${cause.message}`, { cause });
    }
  }
  return { study, settled, settledLines };
}

/** Whether a study that was interrupted after an event is continued there. That of one rank is where no trial runs, and the
 * interrupted one begins anew. On several ranks others have been compared with those that run, whose epochs stay; after each
 * epoch they report in their order, and no place among these reports is one to go on from. */
function isSettled(study: Study, event: StudyEvent): boolean {
  const running = runningTrials(study);
  if (ranksOf(study) === 1) return running.length === 0;
  return event.event === 'study' || running.every(({ trial }) => trial <= event.trial);
}

const plainValue = v.union(
  [v.string(), v.boolean(), v.pipe(v.number(), v.finite())],
  'a number, a text, true or false',
);
const settings = v.pipe(plainObject('an object of plain values'), v.record(v.string(), plainValue));

const configFields = {
  version: string,
  seed: number,
  sampler: v.picklist(samplerNames, samplerNames.join(' or ')),
  space: v.unknown(),
  first: v.array(settings, 'an array of objects of plain values'),
  epochs: wholeNumberFrom(1),
  halving: v.union(
    [v.null(), fields({ eta: wholeNumberFrom(1), minEpochs: wholeNumberFrom(1) })],
    'null, or eta and minEpochs',
  ),
  ranks: v.optional(wholeNumberFrom(1)),
  run: plainObject('an object'),
};

const trial = wholeNumberFrom(1);
const share = numberFrom(0, 1);
const end = v.literal('end');
const state = v.picklist(['complete', 'pruned'], 'complete, pruned or failed');
const failed = fields({ event: end, trial, state: v.literal('failed'), reason: string });
const ended = fields({ event: end, trial, state, accuracy: share });
const result = { epoch: wholeNumberFrom(1), accuracy: share, loss: number, seconds: number };
const events = {
  trial: fields({ event: v.literal('trial'), trial, settings }),
  epoch: fields({ event: v.literal('epoch'), trial, ...result }),
  end: v.lazy((value) => ((value as { readonly state?: unknown }).state === 'failed' ? failed : ended)),
};

function readEvent(line: string): StudyEvent {
  const value = parse(line);
  const name = isPlainObject(value) ? value.event : undefined;
  if (name === 'study') return { event: name, ...readConfig(value) };
  if (name === 'trial' || name === 'epoch' || name === 'end') return read<StudyEvent>(events[name], value);
  throw new HeddleError('FORMAT', `expected an object with the event study, trial, epoch or end; found ${quote(line)}`);
}

/** @throws HeddleError FORMAT naming a field that is not as it should be */
export function readConfig(value: unknown): StudyConfig {
  const config = read(fields(configFields), value);
  return { ...config, space: readSpace(config.space, 'space') };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
