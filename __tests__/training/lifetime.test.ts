import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { SGD } from '../../dist/index.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, course, smallImages, smallTrainer } from '../support/smallNetwork.js';

const test = syntheticDataset(21, { ...smallImages, sample: 1 });

describe('trainers in one process', () => {
  it('two side by side give the bits that they give one after the other', async () => {
    const images = syntheticDataset(46, smallImages);
    const run = (seed: number) => course(smallTrainer({ seed }), images, { epochs: 2, test });
    const together = await Promise.all([run(1), run(2)]);
    expect(together.map(bits)).toEqual([bits(await run(1)), bits(await run(2))]);
  });

  it('two that take a step in turn, 4 each, give the weightsHash that each gives alone, and so does one made after both were closed', async () => {
    const images = syntheticDataset(16, smallImages); // one batch: an epoch is a step
    const epochs = 4;
    const options = [{ seed: 1 }, { seed: 2, workers: 3, optimizer: new SGD({ learningRate: 0.02, momentum: 0.9 }) }];
    const trainers = options.map(smallTrainer);
    const fits = trainers.map((trainer) => trainer.fit(images, { epochs, test }));
    for (let step = 0; step < epochs; step++)
      for (const fit of fits) expect(await fit.next()).toMatchObject({ done: false, value: { epoch: step + 1 } });
    const inTurn = trainers.map((trainer) => trainer.weightsHash());
    for (const trainer of trainers) await trainer.close();
    const alone: string[] = [];
    for (const option of options)
      alone.push((await course(smallTrainer(option), images, { epochs, test })).weightsHash);
    expect(inTurn).toEqual(alone);
    expect(new Set(alone).size).toBe(2);
  });
});

/** A program in which four trainers live, one after the other; it prints what the process held before and after each. */
const program = `
import { getEventListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { BatchNorm2d, Conv2d, Flatten, Linear, Sequential, SGD } from '${new URL('../../dist/index.js', import.meta.url)}';
import { Trainer } from '${new URL('../../dist/node.js', import.meta.url)}';

process.stdout.write('');
process.stderr.write(''); // workers' output goes there: they are opened now, not with the first worker
let threads = 0;
process.on('worker', (worker) => {
  threads++;
  worker.once('exit', () => threads--);
});
const controller = new AbortController();
const { signal } = controller;
const held = () => ({
  threads,
  resources: process.getActiveResourcesInfo().sort(),
  listeners: process.eventNames().map((name) => [name, process.listenerCount(name)]),
  onSignal: getEventListeners(signal, 'abort').length,
});
const bytes = (length) => new Uint8Array(new SharedArrayBuffer(length));
const dataset = { inputs: bytes(160), targets: bytes(10), count: 10, shape: [1, 4, 4], targetShape: [] };

async function life({ layers = [], batchSize = 5, epochs = 2, onStep }) {
  await setTimeout(50); // what starts with the process, or with the program's first line, has its place
  const before = held();
  const network = new Sequential([new Conv2d(1, 4, 4), ...layers, new Flatten(), new Linear(4, 3)]);
  const optimizer = new SGD({ learningRate: 0.1 });
  const trainer = new Trainer(network, { inputShape: [1, 4, 4], optimizer, batchSize, workers: 3 });
  let error;
  try {
    for await (const _ of trainer.fit(dataset, { epochs, test: dataset, signal, onStep }));
  } catch ({ code }) {
    error = code;
  }
  const during = held();
  await trainer.close();
  // Node lets go of some things a moment later.
  for (let wait = 0; wait < 100 && JSON.stringify(held()) !== JSON.stringify(before); wait++) await setTimeout(50);
  return { before, during, after: held(), steps: trainer.steps, error };
}

console.log(JSON.stringify({
  'trained to the end': await life({}),
  'failed in a worker': await life({ layers: [new BatchNorm2d(4)], batchSize: 1 }),
  'took no step': await life({ epochs: 0 }),
  'was stopped by a signal': await life({ onStep: () => controller.abort() }),
}));
`;

interface Life {
  readonly before: { readonly threads: number };
  readonly during: { readonly threads: number };
  readonly after: unknown;
  readonly steps: number;
  readonly error?: string;
}

describe('a process', () => {
  let child: { stdout: string; stderr: string; status: number | null };
  let lives: Record<string, Life>;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-lifetime-'));
    const file = join(folder, 'program.mjs');
    await writeFile(file, program);
    child = spawnSync(process.execPath, [file], { timeout: 40_000, killSignal: 'SIGKILL', encoding: 'utf8' });
    await rm(folder, { recursive: true });
    lives = JSON.parse(child.stdout);
  });

  it('ends by itself, without an error, within 40 s after its last trainer of 3 workers was closed', () => {
    expect([child.status, child.stderr, lives['trained to the end'].during.threads]).toEqual([0, '', 3]);
  });

  it.each([
    ['trained to the end', 4, undefined],
    ['failed in a worker', 0, 'WORKER'],
    ['took no step', 0, undefined],
    ['was stopped by a signal', 1, undefined],
  ])(
    'holds no thread, resource or listener more within 5 s after close() of a trainer that %s',
    (how, steps, error) => {
      const { before, after, ...rest } = lives[how];
      expect([rest.steps, rest.error, before.threads]).toEqual([steps, error, 0]);
      expect(after).toEqual(before);
    },
  );
});
