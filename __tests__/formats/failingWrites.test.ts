import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Checkpoint } from '../../src/formats/checkpoint.js';
import type { StudyConfig, StudyEvent } from '../../src/search/study.js';
import type { Trainer } from '../../src/training/trainer.js';
import { effects, failingFiles } from '../support/failingFiles.js';

const { module, failAt } = failingFiles();
jest.unstable_mockModule('node:fs/promises', () => module);
const { loadCheckpoint, saveCheckpoint } = await import('../../src/formats/checkpointFile.js');
const { createFile, removeTemporaries, replaceFile } = await import('../../src/formats/durableFile.js');
const { RunFolder } = await import('../../src/commands/runFolder.js');
const { loadStudy, openStudy } = await import('../../src/search/studyFile.js');

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'heddle-writes-'));
});
afterEach(() => rm(root, { recursive: true }));
const at = (name: string) => join(folder, name);
const text = (name: string) => readFile(at(name), 'utf8').catch(() => undefined);

interface Writing {
  readonly before: () => Promise<unknown>;
  readonly write: () => Promise<unknown>;
  /** Checks what is left. */
  readonly check: () => Promise<unknown>;
  /** All that may be there after the write has been repeated. */
  readonly files: readonly string[];
}

/** Has each call of a write fail in turn, each in a new folder; returns how many there are. */
async function failEach(effect: (typeof effects)[number], { before, write, check, files }: Writing): Promise<number> {
  for (let call = 1; ; call++) {
    folder = join(root, String(call));
    await mkdir(folder);
    await before();
    const error = await failAt(call, effect, write);
    if (error === false) return call - 1;
    if (error !== undefined) expect(error).toMatchObject({ code: expect.stringMatching(/^(FILE|EIO)$/) });
    await check();
    await write().catch((again: { message: string }) => expect(again.message).toMatch('EEXIST'));
    await check();
    expect(files).toEqual(expect.arrayContaining(await readdir(folder)));
  }
}

const checkpoint = (steps: number): Checkpoint => ({
  settings: {},
  position: { steps, epochs: 0, running: { count: 0, seconds: 0, sums: {} } },
  model: new Map([['w', { shape: [2], data: Float32Array.of(steps, 1) }]]),
  optimizer: new Map(),
  average: new Map(),
});
const [newest, previous] = ['checkpoint.safetensors', 'checkpoint.previous.safetensors'];

describe.each(effects)('when any one call %s,', (effect) => {
  it.each<[string, () => Promise<unknown>, number[]]>([
    ['no checkpoint', async () => {}, []],
    ['one', () => saveCheckpoint(folder, checkpoint(1)), [1]],
    ['two', () => saveCheckpoint(folder, checkpoint(1)).then(() => saveCheckpoint(folder, checkpoint(2))), [1, 2]],
    [
      'a damaged newest one',
      async () => {
        for (const steps of [1, 2]) await saveCheckpoint(folder, checkpoint(steps));
        await writeFile(at(newest), (await readFile(at(newest))).subarray(0, -1));
      },
      [1],
    ],
    [
      'one with a flipped bit since it was written',
      async () => {
        for (const steps of [1, 2]) await saveCheckpoint(folder, checkpoint(steps));
        const bytes = await readFile(at(newest));
        bytes[bytes.length - 1] ^= 1;
        await writeFile(at(newest), bytes);
      },
      [1],
    ],
    [
      'no newest one, but the one before it',
      async () => {
        for (const steps of [1, 2]) await saveCheckpoint(folder, checkpoint(steps));
        await rm(at(newest));
      },
      [1],
    ],
  ])(
    'a folder with %s keeps a whole checkpoint, the newest of before or the one that is saved',
    async (_, before, steps) => {
      const calls = await failEach(effect, {
        before,
        write: () => saveCheckpoint(folder, checkpoint(3)),
        check: async () => {
          const found = await loadCheckpoint(folder);
          expect([steps.at(-1), steps.at(-2), 3]).toContain(found?.checkpoint.position.steps);
        },
        files: [previous, newest],
      });
      expect(calls).toBeGreaterThanOrEqual(3);
    },
  );

  it('metrics.jsonl keeps the lines of all epochs of the checkpoint', async () => {
    const lines = [1, 2, 3].map((epoch) => `${JSON.stringify({ epoch, trainLoss: 1 / epoch })}\n`);
    await failEach(effect, {
      before: async () => {
        await writeFile(at('config.json'), '{}');
        await writeFile(at('metrics.jsonl'), `${lines.join('')}{"epoch":4,"tr`);
      },
      write: async () => (await RunFolder.open(folder)).rewind({ epochsDone: 2 } as Trainer),
      check: async () =>
        expect([`${lines.join('')}{"epoch":4,"tr`, lines.slice(0, 2).join('')]).toContain(await text('metrics.jsonl')),
      files: ['config.json', 'metrics.jsonl'],
    });
    expect(await text('metrics.jsonl')).toBe(lines.slice(0, 2).join(''));
  });

  it('a file that is replaced is the old or the new one, and one that is made is whole or absent', async () => {
    await failEach(effect, {
      before: () => writeFile(at('file'), 'old'),
      write: () => removeTemporaries(folder, ['file']).then(() => replaceFile(at('file'), 'another')),
      check: async () => expect(['old', 'another']).toContain(await text('file')),
      files: ['file'],
    });
    await rm(root, { recursive: true });
    await mkdir(root);
    await failEach(effect, {
      before: async () => {},
      write: async () => {
        await removeTemporaries(folder, ['file']);
        await createFile(at('file'), 'whole');
      },
      check: async () => expect([undefined, 'whole']).toContain(await text('file')),
      files: ['file'],
    });
  });

  it('a new run has its whole config.json or none, and goes on without what was left half-written', async () => {
    await failEach(effect, {
      before: async () => {},
      write: async () => {
        const begun = (await text('config.json')) !== undefined;
        if (begun) await (await RunFolder.open(folder)).rewind({ epochsDone: 0 } as Trainer);
        else await RunFolder.create(folder, { seed: 3 });
      },
      check: async () => expect([undefined, '{\n  "seed": 3\n}\n']).toContain(await text('config.json')),
      files: ['config.json', 'metrics.jsonl'],
    });
  });

  it('a study keeps its trials that have ended, and is continued to the same bytes', async () => {
    const config: StudyConfig = {
      version: '1',
      seed: 1,
      sampler: 'random',
      space: { lr: { low: 0.1, high: 1 } },
      first: [],
      epochs: 1,
      halving: null,
      run: {},
    };
    const trial = (number: number): StudyEvent[] => [
      { event: 'trial', trial: number, settings: { lr: 0.5 } },
      { event: 'epoch', trial: number, epoch: 1, accuracy: 0.5, loss: 1, seconds: 1 },
      { event: 'end', trial: number, state: 'complete', accuracy: 0.5 },
    ];
    const add = async (numbers: number[]) => {
      const journal = await openStudy(at('study.jsonl'), config);
      try {
        for (const number of numbers)
          if (journal.study.trials.length < number) for (const event of trial(number)) await journal.append(event);
      } finally {
        journal.close();
      }
    };
    for (const begun of [[], [1]]) {
      await failEach(effect, {
        before: () => (begun.length > 0 ? add(begun) : Promise.resolve()),
        write: () => add([1, 2]),
        check: async () => {
          const study = await loadStudy(at('study.jsonl')).catch(() => undefined);
          expect(study?.trials.length ?? 0).toBeGreaterThanOrEqual(begun.length);
        },
        files: ['study.jsonl'],
      });
      const studies = await Promise.all(
        (await readdir(root)).map((name) => readFile(join(root, name, 'study.jsonl'), 'utf8')),
      );
      expect(studies.length).toBeGreaterThan(8);
      const lines = [{ event: 'study', ...config }, ...trial(1), ...trial(2)].map(
        (line) => `${JSON.stringify(line)}\n`,
      );
      expect([...new Set(studies)]).toEqual([lines.join('')]);
      await rm(root, { recursive: true });
      await mkdir(root);
    }
  });
});
