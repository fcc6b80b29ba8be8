import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HeddleError } from '../../src/errors.js';
import { joinSearch } from '../../src/search/ranks.js';
import type { Objective } from '../../src/search/runTrials.js';
import { type SearchOptions, search } from '../../src/search/search.js';
import type { Study, StudyConfig } from '../../src/search/study.js';
import { openStudy } from '../../src/search/studyFile.js';
import { machinesInMemory } from '../support/machinesInMemory.js';

const config: StudyConfig = {
  version: '1.2.3',
  seed: 7,
  sampler: 'tpe',
  space: { lr: { low: 0.001, high: 1, log: true } },
  first: [{ lr: 2 }],
  epochs: 4,
  halving: { eta: 2, minEpochs: 1 },
  run: {},
};
const TRIALS = 23;

/** Accuracy grows with the epochs, the more the nearer the rate is to 0.1; rates above 0.2 diverge in their first or second. */
const training =
  (beforeEpoch: (trial: number, epoch: number) => unknown = () => {}): Objective =>
  async ({ lr }, trial, report) => {
    for (let epoch = 1; epoch <= config.epochs; epoch++) {
      await beforeEpoch(trial, epoch);
      if ((lr as number) > 0.2 && trial > 1 && epoch > trial % 2) throw new HeddleError('DIVERGED', 'the loss is NaN');
      const accuracy = (0.2 * epoch) / (1 + Math.abs((lr as number) - 0.1));
      if (!(await report({ epoch, accuracy, loss: 1 - accuracy, seconds: 1.5 }))) return;
    }
  };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-ranks-'));
  path = join(folder, 'study.jsonl');
});
afterEach(() => rm(folder, { recursive: true }));

/** Searches with so many ranks in this process. @returns the study's file */
async function searched(
  ranks: number,
  objective = training(),
  options: SearchOptions = {},
  objectiveOfOthers = objective,
): Promise<string> {
  const journal = await openStudy(path, { ...config, ranks });
  const [machines, ...others] = machinesInMemory(ranks);
  try {
    await Promise.all([
      search(journal, objective, { trials: TRIALS, machines, ...options }),
      ...others.map((other) => joinSearch(other, objectiveOfOthers)),
    ]);
  } finally {
    journal.close();
  }
  return readFile(path, 'utf8');
}

/** Ranks that are as fast as chance has it. */
const unsteady = training(() => sleep(3 * Math.random()));

describe.each([2, 3])('a search on %i ranks', (ranks) => {
  it('has the same study whichever rank is faster: trials that are complete, pruned and failed, on all ranks at once', async () => {
    let most = 0;
    const onChange = ({ trials }: Study) => {
      most = Math.max(most, trials.filter(({ state }) => state === 'running').length);
    };
    const whole = await searched(ranks, training(), { onChange });
    expect(most).toBe(ranks);
    for (const state of ['complete', 'pruned', 'failed']) expect(whole).toContain(`"state":"${state}"`);
    expect(whole.match(/"event":"end"/g)).toHaveLength(TRIALS);
    for (let again = 0; again < 3; again++) {
      await rm(path);
      expect(await searched(ranks, unsteady)).toBe(whole);
    }
  });

  it('goes on from a file that ends after, or within, any line, and ends with the same bytes', async () => {
    const whole = await searched(ranks);
    const lines = whole.split(/(?<=\n)/);
    for (const [i, line] of lines.entries())
      for (const rest of ['', line.slice(0, i % 2 ? line.length / 2 : -1)]) {
        const cut = lines.slice(0, i).join('') + rest;
        await writeFile(path, cut);
        expect([cut.length, (await searched(ranks)) === whole]).toEqual([cut.length, true]);
      }
  });

  it('goes on after each epoch at which rank 0 was interrupted, and ends with the same bytes', async () => {
    const whole = await searched(ranks);
    await rm(path);
    const seen = new Set<string>();
    for (let sessions = 0, going = true; going; sessions++) {
      const controller = new AbortController();
      const interrupting = training((trial, epoch) => {
        const place = `${trial} ${epoch}`;
        if (!seen.has(place)) controller.abort();
        seen.add(place);
      });
      const study = await searched(ranks, interrupting, { signal: controller.signal });
      expect(whole.startsWith(study)).toBe(true);
      going = controller.signal.aborted;
      expect(sessions).toBeLessThan(100);
    }
    expect(await readFile(path, 'utf8')).toBe(whole);
  });

  it('ends for all ranks when the first ten trials have all failed', async () => {
    const failing = training((trial) => {
      throw new HeddleError('DIVERGED', `the loss of trial ${trial} is NaN`);
    });
    const count = Math.ceil(10 / ranks) * ranks;
    await expect(searched(ranks, failing)).rejects.toThrow(
      `all ${count} trials failed; search another space. the loss of trial ${count} is NaN`,
    );
  });

  it('leaves out a round that rank 0’s objective broke off for its signal, and goes on to the same bytes', async () => {
    const whole = await searched(ranks);
    await rm(path);
    const controller = new AbortController();
    const heeding: Objective = async (settings, trial, report) => {
      await training((_, epoch) => {
        if (epoch === 3) controller.abort();
      })(settings, trial, async (result) => !controller.signal.aborted && (await report(result)));
    };
    const study = await searched(ranks, heeding, { signal: controller.signal }, training());
    expect(study.match(/"trial":1,"epoch":\d/g)).toHaveLength(2);
    expect(await searched(ranks)).toBe(whole);
  });
});

it('a study is refused on another number of ranks than its own, on a rank that has none, and rank 0 without one', async () => {
  const journal = await openStudy(path, { ...config, ranks: 2 });
  await expect(search(journal, training())).rejects.toThrow(
    'the study runs 2 trials side by side, each on a rank, and there are 1',
  );
  const [first, second] = machinesInMemory(3);
  await expect(search(journal, training(), { machines: first })).rejects.toThrow('there are 3');
  await expect(search(journal, training(), { machines: second })).rejects.toThrow('rank 1 has no study');
  await expect(joinSearch(first, training())).rejects.toThrow('rank 0 has the study');
});
