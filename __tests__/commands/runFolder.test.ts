import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

const link = jest.fn(fs.link);
jest.unstable_mockModule('node:fs/promises', () => ({ ...fs, link }));
const { RunFolder } = await import('../../src/commands/runFolder.js');

let folder: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(join(tmpdir(), 'heddle-run-'));
});
afterEach(() => fs.rm(folder, { recursive: true }));

const config = async () => JSON.parse(await fs.readFile(join(folder, 'config.json'), 'utf8'));

describe('the config.json of a new run', () => {
  it('is whole whenever it is there, in all looks while 16 MB of it are written', async () => {
    const text = 'x'.repeat(2 ** 24);
    let created = false;
    const creation = RunFolder.create(folder, { text }).finally(() => {
      created = true;
    });
    const sizes = new Set<number | undefined>();
    while (!created)
      sizes.add(
        await fs.stat(join(folder, 'config.json')).then(
          ({ size }) => size,
          () => undefined,
        ),
      );
    await creation;
    expect([...sizes]).toEqual([undefined, expect.any(Number)]);
    expect(await config()).toEqual({ text });
    expect((await fs.readdir(folder)).sort()).toEqual(['config.json', 'metrics.jsonl']);
  });

  it('is that of one run when 8 begin at once in a folder: 7 are refused with FILE and change nothing', async () => {
    const runs = await Promise.allSettled(Array.from({ length: 8 }, (_, seed) => RunFolder.create(folder, { seed })));
    const begun = runs.flatMap((run) => (run.status === 'fulfilled' ? [run.value.config] : []));
    expect(begun).toEqual([await config()]);
    for (const run of runs)
      if (run.status === 'rejected')
        expect(run.reason).toMatchObject({ code: 'FILE', message: expect.stringContaining('holds a run already') });
    expect((await fs.readdir(folder)).sort()).toEqual(['config.json', 'metrics.jsonl']);
  });

  it('is written, and refused to a second run, where the file system has no links', async () => {
    link.mockRejectedValueOnce(Object.assign(new Error('EPERM'), { code: 'EPERM' }));
    await RunFolder.create(folder, { seed: 1 });
    link.mockRejectedValueOnce(Object.assign(new Error('EPERM'), { code: 'EPERM' }));
    await expect(RunFolder.create(folder, { seed: 2 })).rejects.toMatchObject({ code: 'FILE' });
    expect(await config()).toEqual({ seed: 1 });
    expect((await fs.readdir(folder)).sort()).toEqual(['config.json', 'metrics.jsonl']);
  });

  it.each(['metrics.jsonl', 'model.safetensors', 'checkpoint.safetensors', 'checkpoint.previous.safetensors'])(
    'is refused where %s of a run has been left without one, which stays as it is',
    async (name) => {
      await fs.writeFile(join(folder, name), 'left');
      await expect(RunFolder.create(folder, { seed: 1 })).rejects.toMatchObject({
        code: 'FILE',
        message: expect.stringContaining(`${folder} holds ${name} already`),
      });
      expect(await fs.readdir(folder)).toEqual([name]);
      expect(await fs.readFile(join(folder, name), 'utf8')).toBe('left');
    },
  );
});
