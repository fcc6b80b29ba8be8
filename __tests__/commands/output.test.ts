import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandPath, outcomeOf, startProcess, temporaryFolder } from '../support/command.js';
import { trainedRun } from '../support/trainedRun.js';

const temporary = temporaryFolder();
beforeAll(() => trainedRun(temporary.path));

type Name = Parameters<typeof commandPath>[0];
const weights = '--weights run/model.safetensors';
const training = '--data data --network lenet5 --batch-size 16 --lr 0.01 --epochs 1';
const study = '--data data --network lenet5 --epochs 1 --limit 10 --validation 6 --trials 1';
const commands: readonly [Name, string, string][] = [
  ['evaluate', 'prints', `--data data ${weights}`],
  ['evaluate', 'prints JSON', `--data data ${weights} --json`],
  ['predict', 'prints', `--data data ${weights} --index 1,2`],
  ['predict', 'prints JSON', `--data data ${weights} --index 1,2 --json`],
  ['export', 'prints', `${weights} --out FOLDER.onnx`],
  ['train', 'prints', `${training} --out FOLDER`],
  ['train', 'prints JSON', `${training} --out FOLDER --json`],
  ['tune', 'prints', `${study} --out FOLDER`],
  ['tune', 'prints JSON', `${study} --out FOLDER --json`],
  ['train', 'prints help', '--help'],
  ['predict', 'prints its version', '--version'],
];

/** Runs a command in a shell, which joins its streams to files and pipes. */
const shell = (name: Name, args: string, streams: string) =>
  outcomeOf(
    startProcess('bash', ['-c', `"${process.execPath}" "${commandPath(name)}" ${args} ${streams}`], temporary.path),
  );

const names = (folder: string) => readdirSync(join(temporary.path, folder)).sort();
const runFiles = [
  'checkpoint.previous.safetensors',
  'checkpoint.safetensors',
  'config.json',
  'metrics.jsonl',
  'model.safetensors',
];

describe('a full disk behind standard output: one line and exit code 1, after the work is done', () => {
  it.each(commands)('%s %s (%s)', async (name, what, args) => {
    const folder = `full-${name}-${what.replaceAll(' ', '-')}`;
    const { code, stderr } = await shell(name, args.replace('FOLDER', folder), '> /dev/full');
    expect(stderr).toMatch(/^error: cannot write to standard output: ENOSPC[^\n]*\n$/);
    expect(code).toBe(1);
    if (name === 'train' && what !== 'prints help') expect(names(folder)).toEqual(runFiles);
    if (name === 'tune') expect(names(folder)).toEqual(['best.json', 'study.html', 'study.jsonl']);
  });
});

describe('a reader of standard output that goes away ends nothing: exit code 0 and nothing on stderr', () => {
  it.each(commands)('%s %s (%s)', async (name, what, args) => {
    const folder = `closed-${name}-${what.replaceAll(' ', '-')}`;
    // The command starts when the pipe has no reader any more.
    const command = `"${process.execPath}" "${commandPath(name)}" ${args.replace('FOLDER', folder)}`;
    const script = `set -o pipefail; { sleep 0.2; ${command}; } | true`;
    const { code, stderr } = await outcomeOf(startProcess('bash', ['-c', script], temporary.path));
    expect([code, stderr]).toEqual([0, '']);
    if (name === 'train' && !args.startsWith('--help')) expect(names(folder)).toEqual(runFiles);
  });
});

describe.each(['2> /dev/full', '2>&-'])('standard error as %s changes nothing', (stream) => {
  it.each<[Name, string, number]>([
    ['evaluate', `--data data ${weights} --json`, 0],
    ['export', '--weights run/bare.safetensors --out bare.onnx --json', 1],
    ['train', '--epochs x', 2],
    ['predict', `${weights} missing.png`, 1],
    ['train', '--help', 0],
  ])('of %s %s, whose exit code is %d', async (name, args, expected) => {
    const usual = await shell(name, args, '');
    const { code, stdout } = await shell(name, args, stream);
    expect([usual.code, code, stdout]).toEqual([expected, expected, usual.stdout]);
  });
});
