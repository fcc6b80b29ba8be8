import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeLock } from '../../src/formats/lock.js';
import { startProcess } from '../support/command.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));
const path = () => join(folder, 'lock');
const take = () => takeLock(path(), 'the run');

/** A process that takes a study's lock when it is told to, and prints what came of it. */
const program = `
import { once } from 'node:events';
import { openStudy } from '${new URL('../../dist/node.js', import.meta.url)}';
const config = { version: '1', seed: 1, sampler: 'random', space: { a: { low: 0, high: 1 } }, first: [], epochs: 1, halving: null, run: {} };
process.stdout.write('ready\\n');
await once(process.stdin, 'data');
try {
  await openStudy('study.jsonl', config);
  process.stdout.write('taken\\n');
  await once(process.stdin, 'end');
} catch (error) {
  process.stdout.write(error.code + ' ' + error.message + '\\n');
  process.exit(1);
}
`;
const study = () => join(folder, 'study.jsonl');

async function startProgram() {
  const child = startProcess(process.execPath, ['--input-type=module', '--eval', program], folder);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, 'close');
  expect((await lines.next()).value).toBe('ready');
  const attempt = async () => {
    child.stdin.write('go\n');
    return (await lines.next()).value as string;
  };
  return { child, attempt, ended };
}

/** The lock that a process has left which was killed. */
async function deadLock(): Promise<Record<string, unknown>> {
  const { child, attempt, ended } = await startProgram();
  expect(await attempt()).toBe('taken');
  child.kill('SIGKILL');
  await ended;
  return JSON.parse(await readFile(`${study()}.lock`, 'utf8'));
}

describe('a lock', () => {
  it('is a file that tells its process, shared in that process, and gone when all have released it', async () => {
    const [one, other] = await Promise.all([take(), take()]);
    expect(JSON.parse(await readFile(path(), 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() });
    one.release();
    one.release();
    expect(await readdir(folder)).toEqual(['lock']);
    other.release();
    expect(await readdir(folder)).toEqual([]);
    (await take()).release();
  });

  it('is refused to another process by the number of its owner, and free once that has ended', async () => {
    const [owner, second, third] = [await startProgram(), await startProgram(), await startProgram()];
    expect(await owner.attempt()).toBe('taken');
    expect(await second.attempt()).toMatch(
      new RegExp(`^FILE study\\.jsonl is in use by node, process ${owner.child.pid};`),
    );
    owner.child.stdin.end();
    await owner.ended;
    expect(await readdir(folder)).toEqual(['study.jsonl']);
    expect(await third.attempt()).toBe('taken');
    third.child.stdin.end();
    await third.ended;
  });

  it('of a process that was killed is taken over by one of 6 that try at once, and nothing else is left', async () => {
    await deadLock();
    const programs = await Promise.all(Array.from({ length: 6 }, startProgram));
    const said = await Promise.all(programs.map(({ attempt }) => attempt()));
    const winners = programs.filter((_, i) => said[i] === 'taken');
    expect(winners).toHaveLength(1);
    for (const line of said.filter((each) => each !== 'taken'))
      expect(line).toMatch(new RegExp(`^FILE study\\.jsonl is in use by node, process ${winners[0].child.pid};`));
    for (const { child, ended } of programs) {
      child.stdin.end();
      await ended;
    }
    expect(await readdir(folder)).toEqual(['study.jsonl']);
  });

  it('is taken over from one that was killed while it took over a dead one itself', async () => {
    const dead = await deadLock();
    const id = '00000000-0000-4000-8000-000000000001';
    await writeFile(path(), JSON.stringify(dead));
    await writeFile(`${path()}.${dead.id}`, JSON.stringify({ ...dead, id }));
    await writeFile(`${path()}.${id}.tmp`, '{"id":');
    (await take()).release();
    expect((await readdir(folder)).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  // Only Linux tells one process from a later one of the same number.
  if (process.platform === 'linux') {
    it('of a dead process is taken over when another process has its number now, or the machine was started anew', async () => {
      for (const [name, value] of [
        ['startTime', '1'],
        ['boot', 'another'],
      ]) {
        const own = await take();
        const owner = JSON.parse(await readFile(path(), 'utf8'));
        own.release();
        await writeFile(path(), JSON.stringify({ ...owner, [name]: value }));
        (await take()).release();
        expect(await readdir(folder)).toEqual([]);
      }
    });

    it('of a process that has ended, and whose parent has not heard of it, is taken over', async () => {
      // The shell becomes a program that never asks for its child.
      const shell = startProcess('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], folder);
      const pid = Number((await createInterface(shell.stdout)[Symbol.asyncIterator]().next()).value);
      const own = await take();
      const owner = JSON.parse(await readFile(path(), 'utf8'));
      own.release();
      while (!(await readFile(`/proc/${pid}/stat`, 'latin1')).includes(') Z ')) await new Promise(setImmediate);
      const startTime = (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ')[1].split(' ')[19];
      await writeFile(path(), JSON.stringify({ ...owner, pid, startTime }));
      (await take()).release();
      shell.kill();
    });
  }

  it.each([
    [
      'of another machine',
      { host: 'elsewhere' },
      / on elsewhere, which cannot be looked at from here; .* delete .*lock$/,
    ],
    ['of another container', { pidNamespace: 'pid:[1]' }, /cannot be looked at from here; .* delete .*lock$/],
  ])('%s is refused by name, with the file to delete', async (_, change, message) => {
    const own = await take();
    const owner = JSON.parse(await readFile(path(), 'utf8'));
    own.release();
    const other = JSON.stringify({ ...owner, ...change, pid: 2 ** 22 + 1 });
    await writeFile(path(), other);
    await expect(take()).rejects.toMatchObject({ code: 'FILE', message: expect.stringMatching(message) });
    expect(await readFile(path(), 'utf8')).toBe(other);
  });

  it.each([
    ['no JSON', 'mine'],
    ['half of one', '{"id":"00000000-0000'],
    ['one of process -1', '{"id":"00000000-0000-4000-8000-000000000001","pid":-1,"command":"train","host":"x"}'],
    ['one whose id is a path', '{"id":"../../../../../../../../../../../tmp/","pid":1,"command":"train","host":"x"}'],
  ])('that is %s is refused by its path, and left as it is', async (_, content) => {
    await writeFile(path(), content);
    await expect(take()).rejects.toMatchObject({ code: 'FORMAT', message: expect.stringContaining(path()) });
    expect(await readFile(path(), 'utf8')).toBe(content);
  });

  it('whose file another process has made anew is left to that one', async () => {
    const own = await take();
    const other = { ...JSON.parse(await readFile(path(), 'utf8')), id: '00000000-0000-4000-8000-000000000001' };
    await writeFile(path(), JSON.stringify(other));
    own.release();
    expect(JSON.parse(await readFile(path(), 'utf8'))).toEqual(other);
  });

  it.each(['a pipe', 'a device'])('that is %s is refused with FORMAT, and not read', async (kind) => {
    if (kind === 'a pipe') execFileSync('mkfifo', [path()]);
    else await symlink('/dev/zero', path());
    await expect(take()).rejects.toMatchObject({ code: 'FORMAT', message: expect.stringContaining(path()) });
  });

  it('in a folder that is not there, or that is a file, is refused with FILE', async () => {
    await expect(takeLock(join(folder, 'none', 'lock'), 'x')).rejects.toMatchObject({ code: 'FILE' });
    await writeFile(join(folder, 'file'), '');
    await expect(takeLock(join(folder, 'file', 'lock'), 'x')).rejects.toMatchObject({ code: 'FILE' });
  });
});
