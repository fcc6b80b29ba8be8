import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandPath, jsonLines, outcomeOf, runCommand, startProcess, temporaryFolder } from '../support/command.js';
import { trainedRun } from '../support/trainedRun.js';

const temporary = temporaryFolder();
const at = (name: string) => join(temporary.path, name);

// Takes the place of zlib's inflater: the data is never read to its end.
const slow = `
import zlib from 'node:zlib';
import { syncBuiltinESMExports } from 'node:module';
import { Transform } from 'node:stream';
const createGunzip = () => {
  process.stderr.write('reads');
  setInterval(() => {}, 1000);
  return new Transform({ transform() {} });
};
Object.defineProperty(zlib, 'createGunzip', { value: createGunzip });
syncBuiltinESMExports();
`;

beforeAll(async () => {
  await trainedRun(temporary.path);
  writeFileSync(at('slow.mjs'), slow);
});

const weights = ['--weights', 'run/model.safetensors'];
describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s while data is read ends the process at once, by the signal itself, with nothing written:',
  (signal) => {
    it.each([
      ['train', ['--out', 'new']],
      ['train', ['--resume', 'run', '--epochs', '2']],
      ['tune', ['--out', 'new']],
      ['evaluate', weights],
      ['predict', [...weights, '--index', '0']],
    ] as const)('%s %j', async (name, args) => {
      const files = readdirSync(temporary.path);
      const command = [
        '--import',
        './slow.mjs',
        commandPath(name),
        ...(args[0] === '--resume' ? [] : ['--data', 'data']),
        ...args,
      ];
      const child = startProcess(process.execPath, command, temporary.path);
      child.stderr.once('data', () => child.kill(signal));
      const { stdout, stderr } = await outcomeOf(child);
      expect([child.signalCode, stdout, stderr]).toEqual([signal, '', 'reads']);
      expect(readdirSync(temporary.path)).toEqual(files);
    });
  },
);

it('SIGHUP during a step of train stops it after that step, as SIGTERM does: exit code 130, and --resume comes to the uninterrupted weightsHash', async () => {
  const args = ['--data', 'data', '--batch-size', '4', '--lr', '0.01', '--json', '--epochs', '2', '--workers', '1'];
  const whole = await runCommand('train', [...args, '--out', 'whole'], temporary.path);
  const command = [commandPath('train'), ...args, '--out', 'hung-up', '--kernels', 'reference'];
  const child = startProcess(process.execPath, command, temporary.path);
  const outcome = outcomeOf(child);
  while (!existsSync(at('hung-up/checkpoint.safetensors'))) await setTimeout(20);
  child.kill('SIGHUP');
  const { code, stdout, stderr } = await outcome;
  expect([code, stderr, jsonLines(stdout).at(-1)]).toEqual([
    130,
    '',
    expect.objectContaining({ event: 'end', interrupted: true }),
  ]);
  const resumed = await runCommand('train', ['--json', '--resume', 'hung-up'], temporary.path);
  expect(jsonLines(resumed.stdout).at(-1)?.weightsHash).toBe(jsonLines(whole.stdout).at(-1)?.weightsHash);
});

describe('a folder that cannot be made is refused with one line and exit code 1, and no command hangs:', () => {
  it.each([
    ['train', '/proc/x'],
    ['train', '/proc/x/y/z'],
    ['train', '/proc/self/x'],
    ['tune', '/proc/x'],
    ['train', '/dev/null'],
    ['train', 'slow.mjs/x'],
  ] as const)('%s --out %s', async (name, folder) => {
    const more = name === 'tune' ? ['--limit', '10', '--validation', '6'] : [];
    const { code, stderr } = await runCommand(
      name,
      ['--data', 'data', ...more, '--out', folder, '--json'],
      temporary.path,
    );
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: cannot write [^\n]+\n$/)]);
    expect(stderr).toContain(folder);
  });
});

const permission =
  ['--permission', '--experimental-permission'].find((flag) => process.allowedNodeEnvironmentFlags.has(flag)) ?? '';
describe(`node ${permission}: one line says which permission is missing`, () => {
  const read = '--allow-fs-read=*';
  const ours = `--allow-fs-read=${join(commandPath('train'), '..', '..')}`;
  it.each([
    ['train', [ours], ['--data', 'data'], '--allow-fs-read'],
    ['train', [read], ['--data', 'data'], '--allow-worker'],
    ['train', [read, '--allow-worker'], ['--data', 'data', '--out', 'denied'], '--allow-fs-write'],
    ['tune', [ours], ['--space', 'space.json'], '--allow-fs-read'],
    ['evaluate', [ours], weights, '--allow-fs-read'],
    ['evaluate', [read], ['--data', 'data', ...weights], '--allow-worker'],
    [
      'evaluate',
      [read, '--allow-worker'],
      ['--data', 'data', ...weights, '--predictions', 'p.txt'],
      '--allow-fs-write',
    ],
    ['predict', [ours], [...weights, '--index', '0'], '--allow-fs-read'],
    ['export', [read], [...weights, '--out', 'x.onnx'], '--allow-fs-write'],
  ] as const)('%s with %j %j: %s', async (name, allowed, args, missing) => {
    const command = ['--no-warnings', permission, ...allowed, commandPath(name), ...args];
    const { code, stderr } = await outcomeOf(startProcess(process.execPath, command, temporary.path));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: [^\n]+\n$/)]);
    expect(stderr).toContain(missing);
  });

  it('predict needs no more than to read and to start threads', async () => {
    const command = [
      '--no-warnings',
      permission,
      read,
      '--allow-worker',
      commandPath('predict'),
      ...weights,
      '--data',
      'data',
      '--index',
      '0',
    ];
    const { code, stderr } = await outcomeOf(startProcess(process.execPath, command, temporary.path));
    expect([code, stderr]).toEqual([0, '']);
  });
});
