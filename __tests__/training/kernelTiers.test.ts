import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { TrainerOptions } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { bits, course, smallImages, smallTrainer } from '../support/smallNetwork.js';

const images = syntheticDataset(32, smallImages);
const run = (options: Partial<TrainerOptions>) => course(smallTrainer(options), images, { epochs: 2, test: images });

const wideHere = Number(process.versions.node.split('.')[0]) >= 24 && process.arch === 'x64';
const fusedHere = wideHere && (process.platform !== 'linux' || /\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8')));

/** The kernels that a choice comes to in a process with these options. */
function kernelsOf(choice: string, ...options: string[]): { name: string; stderr: string } {
  const program = `
    import { Linear, Sequential, SGD } from '${new URL('../../dist/index.js', import.meta.url)}';
    import { Trainer } from '${new URL('../../dist/node.js', import.meta.url)}';
    const optimizer = new SGD({ learningRate: 0.1 });
    const network = new Sequential([new Linear(2, 2)]);
    const trainer = new Trainer(network, { inputShape: [2], optimizer, kernels: '${choice}', workers: 1 });
    console.log(trainer.model.kernels.name);
    await trainer.close();`;
  const args = [...options, '--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { name: stdout.trim(), stderr };
}

describe('kernels wide', () => {
  it('are refused below Node 24 and on other processors than x64, and have the bits of simd elsewhere', async () => {
    if (wideHere) expect(bits(await run({ kernels: 'wide' }))).toEqual(bits(await run({ kernels: 'simd' })));
    else expect(() => smallTrainer({ kernels: 'wide' })).toThrow(/Node 24/);
  });

  it('are what auto takes where V8 fuses vectors, and it prints nothing of its flags', () => {
    expect(kernelsOf('auto')).toEqual({ name: fusedHere ? 'wide' : 'simd', stderr: '' });
  });

  it('are not what auto takes where V8 has no 256-bit vectors, as they are slower then; asked for, they are to be had', () => {
    if (process.arch !== 'x64') return;
    expect(kernelsOf('auto', '--no-enable-avx2')).toEqual({ name: 'simd', stderr: '' });
    if (wideHere) expect(kernelsOf('wide', '--no-enable-avx2')).toEqual({ name: 'wide', stderr: '' });
  });
});

it('V8 is asked once in a process whether it fuses vectors: a second batch size and a Predictor set none of its flags', () => {
  const program = `
    import v8 from 'node:v8';
    import { Linear, Model, Sequential } from '${new URL('../../dist/index.js', import.meta.url)}';
    import { Predictor, Trainer } from '${new URL('../../dist/node.js', import.meta.url)}';
    const setFlag = v8.setFlagsFromString;
    let flags = 0;
    v8.setFlagsFromString = (flag) => {
      flags++;
      setFlag(flag);
    };
    const network = new Sequential([new Linear(2, 2)]);
    const counts = [];
    for (const batchSize of [4, 8]) {
      const trainer = new Trainer(network, { inputShape: [2], batchSize, workers: 1 });
      counts.push(flags);
      await trainer.close();
    }
    await new Predictor(new Model(network, { inputShape: [2], batchSize: 2 })).close();
    console.log(JSON.stringify([...counts, flags]));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  const [first, ...later] = JSON.parse(stdout) as number[];
  expect(first > 0).toBe(wideHere);
  expect(later).toEqual([first, first]);
});

describe('kernels relaxed', () => {
  // A product and a sum rounded once instead of twice: the first step's loss differs by rounding alone.
  it('have a first loss within 1e-6 of simd, and the same bits for 1 and 3 workers', async () => {
    const [one, three, simd] = [
      await run({ kernels: 'relaxed', workers: 1 }),
      await run({ kernels: 'relaxed', workers: 3 }),
      await run({ kernels: 'simd' }),
    ];
    expect(bits(one)).toEqual(bits(three));
    expect(Math.abs(one.steps[0].loss / simd.steps[0].loss - 1)).toBeLessThan(1e-6);
  });
});

describe('profile', () => {
  it('names layers and passes with milliseconds of 0 or more, and leaves the bits as they are', async () => {
    const trainer = smallTrainer({ profile: true });
    const { weightsHash } = await course(trainer, images, { epochs: 2 });
    const rows = trainer.profile();
    const names = rows.map(({ name, pass }) => `${name} ${pass}`.trim());
    for (const name of ['features.0 Conv2d forward', 'features.2 BatchNorm2d backward', 'SGD update', 'waiting'])
      expect(names).toContain(name);
    expect(rows.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
    expect(weightsHash).toBe((await run({})).weightsHash);
  });

  it('of a trainer that goes on from a checkpoint is of its own steps alone: its parts add up to what one step took at most', async () => {
    const first = smallTrainer({ profile: true });
    await course(first, images, { epochs: 20 });
    const second = smallTrainer({ profile: true });
    second.restore(first.checkpoint());
    const start = performance.now();
    await course(second, images, { epochs: 1 });
    const milliseconds = performance.now() - start;
    const [own, whole] = [second, first].map((trainer) => trainer.profile());
    // Two steps of 32 images in batches of 16.
    const sum = own.reduce((total, row) => total + row.milliseconds, 0);
    expect(sum).toBeGreaterThan(0);
    expect(sum).toBeLessThanOrEqual(milliseconds / 2);
    expect(own.map(({ operations }) => operations)).toEqual(whole.map(({ operations }) => operations));
  });

  it('is empty unless asked for, and before the first step of a trainer that goes on from a checkpoint', async () => {
    const first = smallTrainer({ profile: true });
    await course(first, images, { epochs: 1 });
    const second = smallTrainer({ profile: true });
    second.restore(first.checkpoint());
    await second.close();
    expect(second.profile()).toEqual([]);

    const trainer = smallTrainer();
    await trainer.close();
    expect(trainer.profile()).toEqual([]);
  });
});
