import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandPath, jsonLines, outcomeOf, runCommand, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';
import { mpirun } from '../support/mpirun.js';

const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);
const digits = { classes: 10, size: 28 };
const settings =
  '--data data --network lenet5 --batch-size 16 --lr 0.01 --momentum 0.9 --validation 20 --early-stopping 9 --changes changes.jsonl --json'.split(
    ' ',
  );

/** What of metrics.jsonl does not depend on time. */
const metrics = (folder: string) =>
  jsonLines(readFileSync(at(folder, 'metrics.jsonl'), 'utf8')).map(({ seconds, imagesPerSecond, ...rest }) => rest);

const onMachines = (ranks: number, ...args: string[]) => mpirun(ranks, commandPath('train'), args, temporary.path);

beforeAll(async () => {
  await writeMnistFolder(at('data'), syntheticDataset(100, digits), syntheticDataset(20, { ...digits, sample: 1 }));
  writeFileSync(at('changes.jsonl'), '{"stepsDone":2,"learningRate":0.02}\n{"stepsDone":13,"learningRate":0.005}\n');
  const { code } = await runCommand('train', [...settings, '--epochs', '4', '--out', 'whole'], temporary.path);
  expect(code).toBe(0);
});

describe('train on several machines', () => {
  it('writes what it writes on one, to the bit, and counts machines and workers', async () => {
    const { code, stdout, stderr } = await onMachines(
      3,
      ...settings,
      '--epochs',
      '4',
      '--workers',
      '2',
      '--out',
      'three',
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(jsonLines(stdout)[0]).toMatchObject({ event: 'start', machines: 3, workers: 6 });
    expect(metrics('three')).toEqual(metrics('whole'));
    expect(readFileSync(at('three', 'model.safetensors'))).toEqual(readFileSync(at('whole', 'model.safetensors')));
    expect(readdirSync(at('three'))).toEqual(readdirSync(at('whole')));
  });

  it.each([
    [1, 3],
    [3, 2],
  ])('a run of %i ranks goes on, on %i, to the bits of an uninterrupted one', async (before, after) => {
    const folder = `from-${before}`;
    await onMachines(before, ...settings, '--epochs', '2', '--out', folder, '--workers', '1');
    const { code, stderr } = await onMachines(after, '--json', '--resume', folder, '--epochs', '4', '--workers', '1');
    expect([code, stderr]).toEqual([0, '']);
    expect(metrics(folder)).toEqual(metrics('whole'));
    expect(readFileSync(at(folder, 'model.safetensors'))).toEqual(readFileSync(at('whole', 'model.safetensors')));
  });

  it('rank 0 alone has the weights to start from, and the other gets them', async () => {
    const args = [
      '--data',
      'data',
      '--freeze',
      'all',
      '--weights',
      'whole/model.safetensors',
      '--epochs',
      '1',
      '--lr',
      '0.01',
      '--json',
    ];
    expect((await runCommand('train', [...args, '--out', 'tuned'], temporary.path)).code).toBe(0);
    const { code, stderr } = await onMachines(2, ...args, '--out', 'tuned-by-two');
    expect([code, stderr]).toEqual([0, '']);
    expect(metrics('tuned-by-two')).toEqual(metrics('tuned'));
  });
});

describe('evaluate on several machines', () => {
  it('prints what it prints on one', async () => {
    const args = ['--data', 'data', '--weights', 'whole/model.safetensors', '--json'];
    const one = await runCommand('evaluate', args, temporary.path);
    expect(await mpirun(2, commandPath('evaluate'), args, temporary.path)).toEqual({ ...one, code: 0 });
  });
});

it('predict is refused on several machines in one line', async () => {
  const args = ['--data', 'data', '--weights', 'whole/model.safetensors', '--index', '0'];
  const { code, stdout, stderr } = await mpirun(2, commandPath('predict'), args, temporary.path);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: node dist\/predict\.js runs on one machine; start it without mpirun\n/);
});

it('a process that says it is one of two, and that no mpirun of this Open MPI has started, is refused', async () => {
  const env = { ...process.env, OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '2' };
  const command = [commandPath('train'), ...settings, '--out', 'apart'];
  const { code, stdout, stderr } = await outcomeOf(spawn(process.execPath, command, { cwd: temporary.path, env }));
  expect([code, stdout, stderr]).toEqual([
    1,
    '',
    'error: this is one of 2 ranks, and Open MPI knows of 1; start it with the mpirun of the Open MPI that it loads\n',
  ]);
});
