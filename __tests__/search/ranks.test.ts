import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { HeddleError } from '../../src/errors.js';
import { joinSearch } from '../../src/search/ranks.js';
import type { Objective } from '../../src/search/runTrials.js';
import { type SearchOptions, search } from '../../src/search/search.js';
import { applyEvent, type Study, type StudyConfig } from '../../src/search/study.js';
import { readStudy, studyLine } from '../../src/search/studyLines.js';
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
const TRIALS = 16;

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

/** A journal that goes on with the lines of a study's file. */
function journalOf(text: string) {
  let { settled: study, settledLines } = readStudy(text, 'study.jsonl');
  const lines = text.split(/(?<=\n)/).slice(0, settledLines);
  return {
    lines,
    get study() {
      return study as Study;
    },
    append: async (event: Parameters<typeof applyEvent>[1]) => {
      study = applyEvent(study, event);
      lines.push(studyLine(event));
    },
  };
}

const opening = (ranks: number) => studyLine({ event: 'study', ...config, ranks });

interface Job extends SearchOptions {
  readonly objective?: Objective;
  readonly objectiveOfOthers?: Objective;
}

/** Goes on with a study's file on so many ranks in this process. @returns the file then */
async function searched(ranks: number, text: string, job: Job = {}): Promise<string> {
  const { objective = training(), objectiveOfOthers = objective, ...options } = job;
  const journal = journalOf(text);
  const [machines, ...others] = machinesInMemory(ranks);
  await Promise.all([
    search(journal, objective, { trials: TRIALS, machines, ...options }),
    ...others.map((other) => joinSearch(other, objectiveOfOthers)),
  ]);
  return journal.lines.join('');
}

/** Ranks that are as fast as chance has it. */
const unsteady = training(() => sleep(3 * Math.random()));

describe.each([2, 3])('a search on %i ranks', (ranks) => {
  const begun = opening(ranks);

  it('has the same study whichever rank is faster: trials that are complete, pruned and failed, on all ranks at once', async () => {
    let most = 0;
    const onChange = ({ trials }: Study) => {
      most = Math.max(most, trials.filter(({ state }) => state === 'running').length);
    };
    const whole = await searched(ranks, begun, { onChange });
    expect(most).toBe(ranks);
    for (const state of ['complete', 'pruned', 'failed']) expect(whole).toContain(`"state":"${state}"`);
    expect(whole.match(/"event":"end"/g)).toHaveLength(TRIALS);
    for (let again = 0; again < 3; again++) expect(await searched(ranks, begun, { objective: unsteady })).toBe(whole);
  });

  it('goes on from a file that ends after any line, and ends with the same bytes', async () => {
    const whole = await searched(ranks, begun);
    const lines = whole.split(/(?<=\n)/);
    for (let count = 1; count <= lines.length; count++) {
      const cut = lines.slice(0, count).join('');
      expect([count, (await searched(ranks, cut)) === whole]).toEqual([count, true]);
    }
  });

  it('goes on after each epoch at which rank 0 was interrupted, and ends with the same bytes', async () => {
    const whole = await searched(ranks, begun);
    const seen = new Set<string>();
    let study = begun;
    for (let sessions = 0, going = true; going; sessions++) {
      const controller = new AbortController();
      const objective = training((trial, epoch) => {
        const place = `${trial} ${epoch}`;
        if (!seen.has(place)) controller.abort();
        seen.add(place);
      });
      study = await searched(ranks, study, { objective, signal: controller.signal });
      expect(whole.startsWith(study)).toBe(true);
      going = controller.signal.aborted;
      expect(sessions).toBeLessThan(100);
    }
    expect(study).toBe(whole);
  });

  it('leaves out a round that rank 0’s objective broke off for its signal, and goes on to the same bytes', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const objective: Objective = async (settings, trial, report) => {
      const abort = (_: number, epoch: number) => epoch === 3 && controller.abort();
      await training(abort)(settings, trial, async (result) => !signal.aborted && (await report(result)));
    };
    const study = await searched(ranks, begun, { objective, objectiveOfOthers: training(), signal });
    expect(study.match(/"trial":1,"epoch":\d/g)).toHaveLength(2);
    expect(await searched(ranks, study)).toBe(await searched(ranks, begun));
  });

  it('ends for all ranks when the first ten trials have all failed', async () => {
    const objective = training((trial) => {
      throw new HeddleError('DIVERGED', `the loss of trial ${trial} is NaN`);
    });
    const count = Math.ceil(10 / ranks) * ranks;
    await expect(searched(ranks, begun, { objective })).rejects.toThrow(
      `all ${count} trials failed; search another space. the loss of trial ${count} is NaN`,
    );
  });
});

it('a study is refused on another number of ranks than its own, on a rank that has none, and rank 0 without one', async () => {
  const journal = journalOf(opening(2));
  await expect(search(journal, training())).rejects.toThrow(
    'the study runs 2 trials side by side, each on a rank, and there are 1',
  );
  const [first, second] = machinesInMemory(3);
  await expect(search(journal, training(), { machines: first })).rejects.toThrow('there are 3');
  await expect(search(journal, training(), { machines: second })).rejects.toThrow('rank 1 has no study');
  await expect(joinSearch(first, training())).rejects.toThrow('rank 0 has the study');
});
