import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HeddleError } from '../../src/errors.js';
import type { Objective } from '../../src/search/runTrials.js';
import { search } from '../../src/search/search.js';
import type { Settings } from '../../src/search/space.js';
import type { Study, StudyConfig, StudyEvent } from '../../src/search/study.js';
import { openStudy } from '../../src/search/studyFile.js';

const config: StudyConfig = {
  version: '1.2.3',
  seed: 7,
  sampler: 'tpe',
  space: { lr: { low: 0.001, high: 1, log: true }, batchSize: { choices: [50, 100] }, schedule: 'constant' },
  first: [{ lr: 2, batchSize: 100, schedule: 'constant' }],
  epochs: 4,
  halving: { eta: 2, minEpochs: 1 },
  run: { trainImages: 1000 },
};

/** Accuracy grows with the epochs, the more the nearer the rate is to 0.1; rates above 0.2 diverge, but for the first. */
const training =
  (onEpoch: (trial: number, epoch: number) => void = () => {}): Objective =>
  async ({ lr }: Settings, trial, report) => {
    for (let epoch = 1; epoch <= config.epochs; epoch++) {
      onEpoch(trial, epoch);
      if ((lr as number) > 0.2 && trial > 1) throw new HeddleError('DIVERGED', 'the loss is NaN');
      const accuracy = (0.2 * epoch) / (1 + Math.abs((lr as number) - 0.1));
      if (!(await report({ epoch, accuracy, loss: 1 - accuracy, seconds: 1.5 }))) return;
    }
  };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-study-'));
  path = join(folder, 'study.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

const content = () => readFile(path, 'utf8');
const TRIALS = 13;

async function uninterrupted(): Promise<string> {
  await search(await openStudy(path, config), training(), { trials: TRIALS });
  return content();
}
const eventsOf = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line): StudyEvent => JSON.parse(line));

describe('a search', () => {
  it('of 13 trials has some that are complete, pruned and failed, the first one as given and complete', async () => {
    const events = eventsOf(await uninterrupted());
    expect(events.slice(0, 2)).toEqual([
      { event: 'study', ...config },
      { event: 'trial', trial: 1, settings: config.first[0] },
    ]);
    const ends = events.filter((event) => event.event === 'end');
    expect(ends.map(({ trial }) => trial)).toEqual(Array.from({ length: TRIALS }, (_, i) => i + 1));
    expect(ends[0].state).toBe('complete');
    expect(new Set(ends.map(({ state }) => state))).toEqual(new Set(['complete', 'pruned', 'failed']));
  });

  it('goes on from a file that ends after, or within, any line, and ends with the same bytes', async () => {
    const whole = await uninterrupted();
    const lines = whole.split(/(?<=\n)/);
    for (const [i, line] of lines.entries())
      for (const rest of ['', line.slice(0, i % 2 ? line.length / 2 : -1)]) {
        const cut = lines.slice(0, i).join('') + rest;
        await writeFile(path, cut);
        await search(await openStudy(path, config), training(), { trials: TRIALS });
        expect([cut.length, (await content()) === whole]).toEqual([cut.length, true]);
      }
  });

  it('goes on after each epoch at which it was interrupted, and ends with the same bytes', async () => {
    const whole = await uninterrupted();
    await rm(path);
    const seen = new Set<string>();
    for (let sessions = 0; ; sessions++) {
      const controller = new AbortController();
      const interrupting = training((trial, epoch) => {
        const place = `${trial} ${epoch}`;
        if (!seen.has(place)) controller.abort();
        seen.add(place);
      });
      await search(await openStudy(path, config), interrupting, { trials: TRIALS, signal: controller.signal });
      if (!controller.signal.aborted) break;
      expect(sessions).toBeLessThan(100);
    }
    expect(await content()).toBe(whole);
  });

  it('ends at the report after which it is interrupted, in a trial that has not ended', async () => {
    const controller = new AbortController();
    const journal = await openStudy(path, config);
    const interrupting = training((trial, epoch) => {
      if (trial === 1 && epoch === 2) controller.abort();
    });
    const changes: number[] = [];
    const onChange = ({ trials }: Study) => changes.push(trials.at(-1)?.epochs.length ?? 0);
    await search(journal, interrupting, { trials: TRIALS, signal: controller.signal, onChange });
    expect(changes).toEqual([0, 1, 2]);
    expect(journal.study.trials.map(({ state }) => state)).toEqual(['running']);
  });

  it('has other trials with another seed', async () => {
    const whole = await uninterrupted();
    await rm(path);
    await search(await openStudy(path, { ...config, seed: 8 }), training(), { trials: TRIALS });
    const settings = (text: string) => eventsOf(text).filter(({ event }) => event === 'trial');
    expect(settings(await content())).not.toEqual(settings(whole));
  });

  it('adds trials up to a larger number, the first ones as they were', async () => {
    const whole = await uninterrupted();
    await search(await openStudy(path, config), training(), { trials: TRIALS });
    expect(await content()).toBe(whole);
    await search(await openStudy(path, config), training(), { trials: TRIALS + 2 });
    const longer = await content();
    expect(longer.startsWith(whole)).toBe(true);
    expect(eventsOf(longer).filter(({ event }) => event === 'end')).toHaveLength(TRIALS + 2);
  });

  it('ends with an error that is none of the settings’, and runs the trial again when it goes on', async () => {
    const whole = await uninterrupted();
    await rm(path);
    const failing = training((trial, epoch) => {
      if (trial === 3 && epoch === 1) throw new HeddleError('WORKER', 'a thread failed');
    });
    const journal = await openStudy(path, config);
    await expect(search(journal, failing, { trials: TRIALS })).rejects.toMatchObject({ code: 'WORKER' });
    expect(journal.study.trials.map(({ state }) => state)).toEqual(['complete', expect.any(String), 'running']);
    await search(await openStudy(path, config), training(), { trials: TRIALS });
    expect(await content()).toBe(whole);
  });

  it('goes on after a trial whose settings do not go together, which fails with the reason', async () => {
    const refusing = training((trial) => {
      if (trial === 1) throw new HeddleError('ARGUMENT', 'nesterov wants a momentum');
    });
    const journal = await openStudy(path, config);
    await search(journal, refusing, { trials: 2 });
    expect(journal.study.trials).toMatchObject([
      { state: 'failed', reason: 'nesterov wants a momentum' },
      { trial: 2 },
    ]);
  });

  it('ends with an error when the first ten trials have all failed, also when it goes on, but not after nine', async () => {
    const failing = (failures: number) =>
      training((trial) => {
        if (trial <= failures) throw new HeddleError('DIVERGED', `the loss of trial ${trial} is NaN`);
      });
    const journal = await openStudy(path, config);
    const message = 'all 10 trials failed; search another space. the loss of trial 10 is NaN';
    await expect(search(journal, failing(10))).rejects.toThrow(message);
    await expect(search(await openStudy(path, config), training(), { trials: 12 })).rejects.toThrow(message);
    expect(journal.study.trials).toHaveLength(10);
    await rm(path);
    const other = await openStudy(path, {
      ...config,
      first: Array(10).fill({ lr: 0.1, batchSize: 50, schedule: 'constant' }),
    });
    await search(other, failing(9), { trials: 10 });
    expect(other.study.trials.at(-1)?.state).toBe('complete');
  });

  it('refuses an objective that returns before it is told to', async () => {
    const journal = await openStudy(path, config);
    await expect(search(journal, async () => {}, { trials: 1 })).rejects.toThrow(
      'trial 1 ended after 0 of 4 epochs, without being told to',
    );
  });
});
