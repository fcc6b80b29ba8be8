import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { batches } from '../../src/data/batches.js';
import { randomSplit } from '../../src/data/subsets.js';
import { Linear } from '../../src/layers/linear.js';
import { gradcheck } from '../../src/network/gradcheck.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { search } from '../../src/search/search.js';
import type { StudyConfig } from '../../src/search/study.js';
import { openStudy } from '../../src/search/studyFile.js';
import { syntheticDataset } from '../support/dataset.js';
import { smallTrainer } from '../support/smallNetwork.js';

const data = syntheticDataset(6);
const study = (seed: number): StudyConfig => ({
  version: '1.2.3',
  seed,
  sampler: 'random',
  space: { lr: { low: 0, high: 1 } },
  first: [],
  epochs: 1,
  halving: null,
  run: {},
});

/** All that the library draws random numbers for. */
const users: Record<string, (seed: number) => unknown> = {
  Model: (seed) => new Model(new Sequential([new Linear(2, 2)]), { inputShape: [2], batchSize: 1, seed }),
  Trainer: (seed) => smallTrainer({ seed }).close(),
  gradcheck: (seed) => gradcheck(new Sequential([new Linear(2, 2)]), [2], { seed }),
  randomSplit: (seed) => randomSplit(data, 3, seed),
  batches: (seed) => batches(data, { batchSize: 2, shuffle: { seed, epoch: 0 } }),
  'an epoch of batches': (epoch) => batches(data, { batchSize: 2, shuffle: { seed: 0, epoch } }),
  search: (seed) =>
    search({ study: { config: study(seed), trials: [] }, append: async () => {} }, async () => {}, { trials: 0 }),
};

describe.each(Object.keys(users))('a seed of %s', (name) => {
  it('may be any whole number from 0 to 2³² − 1', async () => {
    for (const seed of [0, 2 ** 31, 2 ** 32 - 1]) await users[name](seed);
  });

  it.each([2 ** 32, 2 ** 32 + 1, 2 ** 52, -1, 0.5, Number.NaN])(
    'is refused with ARGUMENT when it is %d',
    async (seed) => {
      await expect(async () => users[name](seed)).rejects.toMatchObject({
        code: 'ARGUMENT',
        message: expect.stringMatching(`(seed|epoch) must be a whole number from 0 to 4294967295, not ${seed}`),
      });
    },
  );
});

it('a study of the seed 2³² is not begun: no file is written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-seeds-'));
  try {
    await expect(openStudy(join(folder, 'study.jsonl'), study(2 ** 32))).rejects.toMatchObject({ code: 'ARGUMENT' });
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
