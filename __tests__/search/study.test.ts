import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bestTrial, ranked, type StudyConfig, type StudyEvent } from '../../src/search/study.js';
import { loadStudy, openStudy } from '../../src/search/studyFile.js';
import { readStudy, studyLine } from '../../src/search/studyLines.js';
import { thrown } from '../support/thrown.js';

const config: StudyConfig = {
  version: '1.2.3',
  seed: 7,
  sampler: 'tpe',
  space: { lr: { low: 0.001, high: 1, log: true }, kind: { choices: ['ä', 'b'] } },
  first: [{ lr: 2, kind: 'b' }],
  epochs: 2,
  halving: { eta: 2, minEpochs: 1 },
  run: { trainImages: 1000, kernels: 'strict' },
};

const start = (trial: number): StudyEvent => ({ event: 'trial', trial, settings: { lr: trial / 10, kind: 'ä' } });
const epoch = (trial: number, number: number, accuracy: number): StudyEvent => ({
  event: 'epoch',
  trial,
  epoch: number,
  accuracy,
  loss: 1,
  seconds: 2,
});
const end = (trial: number, state: 'complete' | 'pruned', accuracy: number): StudyEvent => ({
  event: 'end',
  trial,
  state,
  accuracy,
});
const failed = (trial: number): StudyEvent => ({ event: 'end', trial, state: 'failed', reason: 'the loss is NaN' });

const events: StudyEvent[] = [
  { event: 'study', ...config },
  start(1),
  epoch(1, 1, 0.5),
  epoch(1, 2, 0.6),
  end(1, 'complete', 0.6),
  start(2),
  epoch(2, 1, 0.9),
  end(2, 'pruned', 0.9),
  start(3),
  epoch(3, 1, 0.7),
  failed(3),
  start(4),
  epoch(4, 1, 0.7),
  epoch(4, 2, 0.8),
  end(4, 'complete', 0.8),
  start(5),
  epoch(5, 1, 0.7),
  epoch(5, 2, 0.8),
  end(5, 'complete', 0.8),
  start(6),
  epoch(6, 1, 0.4),
];
const lines = events.map(studyLine);
const text = lines.join('');

describe('the lines of a study', () => {
  it('come to its configuration and trials, and end for good before the trial that has not ended', () => {
    const { study, settledLines } = readStudy(text, 'study.jsonl');
    expect(settledLines).toBe(events.length - 2);
    expect(study?.config).toEqual(config);
    const epochs = [{ epoch: 1, accuracy: 0.7, loss: 1, seconds: 2 }];
    expect(study?.trials[2]).toEqual({
      trial: 3,
      settings: { lr: 0.3, kind: 'ä' },
      state: 'failed',
      epochs,
      reason: 'the loss is NaN',
    });
    expect(study?.trials.map(({ state, accuracy }) => [state, accuracy])).toEqual([
      ['complete', 0.6],
      ['pruned', 0.9],
      ['failed', undefined],
      ['complete', 0.8],
      ['complete', 0.8],
      ['running', 0.4],
    ]);
  });

  it('rank trials by epochs, accuracy and order, those that failed last, the best of the complete ones first', () => {
    const { study } = readStudy(text, 'study.jsonl');
    if (!study) throw new Error('no study');
    expect(ranked(study).map(({ trial }) => trial)).toEqual([4, 5, 1, 2, 3]);
    const late = { ...study.trials[2], epochs: study.trials[0].epochs };
    expect(ranked({ config, trials: [late, study.trials[1]] }).map(({ trial }) => trial)).toEqual([2, 3]);
    expect(bestTrial(study)?.trial).toBe(4);
    expect(bestTrial({ config, trials: study.trials.slice(1, 3) })).toBeUndefined();
  });

  const replaced = (line: number, event: object | string) =>
    lines.with(line - 1, typeof event === 'string' ? event : `${JSON.stringify(event)}\n`).join('');
  it.each([
    [
      'a line that is no JSON',
      replaced(4, '{"event":\n'),
      'line 4: expected an object with the event study, trial, epo',
    ],
    [
      'an empty line',
      replaced(4, '\n'),
      "line 4: expected an object with the event study, trial, epoch or end; found ''",
    ],
    [
      'another event',
      replaced(2, { event: 'start' }),
      'line 2: expected an object with the event study, trial, epoch or ',
    ],
    ['no study first', lines.slice(1).join(''), "line 1: expected a line with the event 'study'; found {"],
    ['a second study', text + lines[0], 'line 22: expected one study in a file; found {'],
    ['a trial that is left out', replaced(6, start(3)), 'line 6: expected trial 2; found {'],
    ['a trial before the end of another', replaced(5, start(2)), 'line 5: expected the end of trial 1; found {'],
    ['an epoch that is left out', replaced(3, epoch(1, 2, 0.6)), 'line 3: expected epoch 1; found {'],
    ['an epoch of no trial', replaced(6, epoch(2, 1, 0.9)), 'line 6: expected the start of a trial; found {'],
    ['an epoch of another trial', replaced(4, epoch(2, 2, 0.6)), 'line 4: expected an event of trial 1; found {'],
    [
      'an accuracy of 60',
      replaced(4, { ...epoch(1, 2, 60) }),
      'line 4: expected a number from 0 to 1 as accuracy; found ',
    ],
    [
      'no accuracy',
      replaced(5, { event: 'end', trial: 1, state: 'complete' }),
      'line 5: expected a number from 0 to 1 as',
    ],
    [
      'another state',
      replaced(5, { event: 'end', trial: 1, state: 'done' }),
      'line 5: expected complete, pruned or fail',
    ],
    [
      'no reason',
      replaced(5, { event: 'end', trial: 1, state: 'failed' }),
      'line 5: expected a text as reason; found ',
    ],
    [
      'no settings',
      replaced(2, { event: 'trial', trial: 1 }),
      'line 2: expected an object of plain values as settings; ',
    ],
    [
      'a list among its settings',
      replaced(2, { event: 'trial', trial: 1, settings: { lr: [0.1] } }),
      "line 2: expected a number, a text, true or false as settings.lr; found '[0.1]'",
    ],
    [
      'trial 0',
      replaced(2, { event: 'trial', trial: 0 }),
      'line 2: expected a whole number of 1 or more as trial; found ',
    ],
    ['no seed', replaced(1, { ...events[0], seed: '7' }), 'line 1: expected a number as seed; found '],
    [
      'another sampler',
      replaced(1, { ...events[0], sampler: 'grid' }),
      'line 1: expected tpe or random as sampler; found ',
    ],
    [
      'no space',
      replaced(1, { ...events[0], space: 1 }),
      'line 1: space: expected an object with a parameter for each n',
    ],
    [
      'no eta',
      replaced(1, { ...events[0], halving: {} }),
      'line 1: expected null, or eta and minEpochs as halving; found',
    ],
  ])('are refused with the number of the line: %s', (_what, damaged, message) => {
    expect(thrown(() => readStudy(damaged, 'study.jsonl'))).toContain(`FORMAT: study.jsonl, ${message}`);
  });
});

describe('the file of a study', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'heddle-study-'));
    path = join(folder, 'study.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true }));
  const content = () => readFile(path, 'utf8');

  it('begins with the configuration, and gets a line for each event', async () => {
    const journal = await openStudy(path, config);
    for (const event of events.slice(1)) await journal.append(event);
    expect(await content()).toBe(text);
    expect(journal.study).toEqual(await loadStudy(path));
  });

  it('gets no line for an event that does not follow', async () => {
    const journal = await openStudy(path, config);
    await expect(journal.append(start(2))).rejects.toMatchObject({ code: 'FORMAT' });
    expect(await content()).toBe(lines[0]);
  });

  it('is continued before the trial that has not ended, to the byte, from any place where a crash may have cut it', async () => {
    const bytes = Buffer.from(text);
    const ends = lines.map((_, i) => Buffer.byteLength(lines.slice(0, i + 1).join('')));
    const settled = ends.filter((_, i) => ['study', 'end'].includes(events[i].event));
    for (let length = 0; length <= bytes.length; length += 3) {
      await writeFile(path, bytes.subarray(0, length));
      const { study } = await openStudy(path, config);
      const kept = Math.max(settled[0], ...settled.filter((place) => place <= length));
      expect([length, (await readFile(path)).equals(bytes.subarray(0, kept))]).toEqual([length, true]);
      expect(study.trials.every(({ state }) => state !== 'running')).toBe(true);
      expect(study).toEqual(readStudy(await content(), 'study.jsonl').study);
    }
  });

  it.each<[string, Partial<StudyConfig>, string]>([
    ['seed', { seed: 8 }, 'seed is 8 here and 7 there'],
    ['version', { version: '1.2.4' }, 'version is "1.2.4" here and "1.2.3" there'],
    ['sampler', { sampler: 'random' }, 'sampler is "random" here and "tpe" there'],
    ['halving', { halving: null }, 'halving is null here and {"eta":2,"minEpochs":1} there'],
    [
      'space',
      { space: { ...config.space, lr: 0.1 } },
      'space.lr is 0.1 here and {"low":0.001,"high":1,"log":true} there',
    ],
    ['name', { space: { lr: config.space.lr } }, 'space.kind is absent here and {"choices":["ä","b"]} there'],
    [
      'run',
      { run: { trainImages: 10 } },
      'trainImages is 10 here and 1000 there; kernels is absent here and "strict" ther',
    ],
  ])('is not continued as another study, of another %s, and stays as it is', async (_what, other, message) => {
    await writeFile(path, text);
    await expect(openStudy(path, { ...config, ...other })).rejects.toMatchObject({
      code: 'CHECKPOINT',
      message: expect.stringContaining(`${path} is of another study: ${message}`),
    });
    expect(await content()).toBe(text);
  });

  it('is continued when the space has another order', async () => {
    await writeFile(path, text);
    const space = Object.fromEntries(Object.entries(config.space).reverse());
    expect((await openStudy(path, { ...config, space })).study.trials).toHaveLength(5);
  });

  it.each(['a text of mine', '{"event":"epoch"', 'a text\nof mine\n'])(
    'is not made of another file: %j',
    async (mine) => {
      await writeFile(path, mine);
      await expect(openStudy(path, config)).rejects.toMatchObject({ code: 'FORMAT' });
      expect(await content()).toBe(mine);
    },
  );

  it('is looked at as it is; there must be one', async () => {
    await expect(loadStudy(path)).rejects.toMatchObject({ code: 'FILE', message: `${path} holds no study` });
    await writeFile(path, text.slice(0, -5));
    expect((await loadStudy(path)).trials.at(-1)).toMatchObject({ trial: 6, state: 'running', epochs: [] });
    expect(await content()).toBe(text.slice(0, -5));
  });
});
