import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { jsonLines, type Outcome, runCommand, temporaryFolder } from '../support/command.js';
import { trainedRun } from '../support/trainedRun.js';

const temporary = temporaryFolder();
const at = (...names: string[]) => join(temporary.path, ...names);
const run = (name: Parameters<typeof runCommand>[0], ...args: string[]) => runCommand(name, args, temporary.path);
const training = ['--data', 'data', '--network', 'lenet5', '--batch-size', '16', '--json', '--workers', '1'];
const study = [
  '--data',
  'data',
  '--network',
  'lenet5',
  '--epochs',
  '1',
  '--limit',
  '10',
  '--validation',
  '6',
  '--trials',
  '1',
  '--workers',
  '1',
];

beforeAll(async () => {
  await trainedRun(temporary.path);
  const { code } = await run('tune', ...study, '--out', 'study');
  expect(code).toBe(0);
  mkdirSync(at('folder'));
  execFileSync('mkfifo', [at('pipe')]);
  symlinkSync('pipe', at('link'));
  writeFileSync(at('large'), '');
  truncateSync(at('large'), 2 ** 40);
  writeFileSync(at('bytes'), Uint8Array.of(0x7b, 0xff, 0x7d));
});

function expectRefused({ code, stdout, stderr }: Outcome, ...parts: string[]): void {
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect([code, stdout]).toEqual([1, '']);
  for (const part of parts) expect(stderr).toContain(part);
}

const notFiles = [
  ['/dev/zero', 'a device'],
  ['/dev/random', 'a device'],
  ['pipe', 'a pipe'],
  ['link', 'a pipe'],
  ['folder', 'a folder'],
  ['large', 'at most'],
  ['bytes', 'UTF-8'],
  ['missing', 'ENOENT'],
] as const;

describe.each(notFiles)('one line and exit code 1 for %s, which is %s, given as', (path, found) => {
  const withoutText =
    path === 'bytes'
      ? []
      : ([
          ['evaluate', '--weights'],
          ['export', '--weights'],
          ['predict', '--weights'],
        ] as const);
  it.each([['train', '--config'], ['tune', '--space'], ...withoutText] as const)('%s %s', async (name, option) => {
    const rest = name === 'export' ? ['--out', 'x.onnx'] : ['--data', 'data'];
    const more = name === 'predict' ? ['--index', '0'] : [];
    expectRefused(await run(name, option, path, ...rest, ...more), path, found);
  });
});

it('a pipe and a device as predict’s images cost a line each, and the exit code is 1', async () => {
  const { code, stderr } = await run('predict', '--weights', 'run/model.safetensors', 'pipe', '/dev/zero');
  expect([code, stderr.split('\n').length]).toEqual([1, 3]);
  expect(stderr).toMatch(/pipe: [^\n]*a pipe[^\n]*\n[^\n]*\/dev\/zero: [^\n]*a device/);
});

describe('a pipe in the place of a file of a folder that a command goes on with: one line and exit code 1', () => {
  const replaced = (folder: string, name: string) => {
    const copy = `${folder}-${name}`;
    rmSync(at(copy), { recursive: true, force: true });
    cpSync(at(folder), at(copy), { recursive: true });
    rmSync(at(copy, name));
    execFileSync('mkfifo', [at(copy, name)]);
    return copy;
  };

  it.each(['config.json', 'metrics.jsonl'])('train --resume: %s', async (name) => {
    expectRefused(await run('train', '--resume', replaced('run', name), '--json'), name, 'a pipe');
  });

  it('train --resume: both checkpoints', async () => {
    const folder = replaced('run', 'checkpoint.safetensors');
    rmSync(at(folder, 'checkpoint.previous.safetensors'));
    execFileSync('mkfifo', [at(folder, 'checkpoint.previous.safetensors')]);
    expectRefused(await run('train', '--resume', folder, '--json'), 'checkpoint.safetensors', 'a pipe');
  });

  it('train --resume goes on from the older checkpoint when the newest is a pipe, and says so', async () => {
    const { code, stderr } = await run('train', '--resume', replaced('run', 'checkpoint.safetensors'), '--json');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^warning: [^\n]*a pipe[^\n]*checkpoint before it\n$/)]);
  });

  it('tune --resume: study.jsonl', async () => {
    expectRefused(await run('tune', '--resume', replaced('study', 'study.jsonl')), 'study.jsonl', 'a pipe');
  });

  it('train: an image file of --data', async () => {
    const folder = replaced('data', 'train-images-idx3-ubyte.gz');
    expectRefused(await run('train', ...training, '--data', folder), 'train-images-idx3-ubyte.gz', 'a pipe');
  });
});

describe('train --config', () => {
  const config = async (text: string, ...args: string[]) => {
    rmSync(at('out'), { recursive: true, force: true });
    writeFileSync(at('config'), text);
    return run('train', ...training, '--config', 'config', '--out', 'out', ...args);
  };

  it('takes a byte order mark, as Windows editors write it', async () => {
    const { code, stdout } = await config('\ufeff{"lr":0.05,"epochs":1}\r\n');
    expect([code, jsonLines(stdout)[0].optimizer]).toEqual([0, expect.objectContaining({ learningRate: 0.05 })]);
  });

  it('takes a file of /proc, whose size is said to be 0', async () => {
    expectRefused(await run('train', '--config', '/proc/self/status'), '/proc/self/status', 'expected JSON');
  });

  it.each([
    ['twice', '{"lr": 0.05, "epochs": 1, "lr": 0.01}', "'lr' twice"],
    ['twice, once with an escape', '{"lr": 0.05, "\\u006cr" : 0.01}', "'lr' twice"],
    ['twice with the same value', '{"seed":1,"seed":1}', "'seed' twice"],
  ])('refuses a key that is given %s', async (_, text, part) => {
    expectRefused(await config(text), 'config', part);
    expect(readdirSync(temporary.path)).not.toContain('out');
  });

  it('takes strings that look like keys and braces', async () => {
    const { code } = await config('{"schedule": "constant", "kernels": "simd", "epochs": 1, "data": "data"}');
    expect(code).toBe(0);
  });
});

it('tune --space refuses a key that is given twice, at any depth', async () => {
  for (const text of ['{"lr":{"low":1,"high":2},"lr":1}', '{"lr":{"low":1,"low":1.5,"high":2}}']) {
    writeFileSync(at('space.json'), text);
    expectRefused(await run('tune', ...study, '--space', 'space.json'), 'space.json', 'twice');
  }
});
