import { type ChildProcessWithoutNullStreams, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadCheckpoint } from '../../src/formats/checkpointFile.js';
import { commandPath, jsonLines, outcomeOf, runCommand, startProcess, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';

const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);

const settings = ['--data', 'data', '--batch-size', '16', '--lr', '0.01', '--momentum', '0.9', '--json'];
const train = (...args: string[]) => runCommand('train', args, temporary.path);
/** Starts a program on train.js, by default Node alone. */
const startTrain = (args: readonly string[], [file, ...before]: readonly string[] = [process.execPath]) =>
  startProcess(file, [...before, commandPath('train'), ...args], temporary.path);

/** Arguments of a run of two epochs, each of one step of 16 images that takes seconds. */
const slowRun = (folder: string) => [
  ...settings,
  '--epochs',
  '2',
  '--out',
  folder,
  '--checkpoint-every',
  '1',
  '--kernels',
  'reference',
  '--workers',
  '1',
];
const events = (stdout: string) => jsonLines(stdout).map(({ event }) => event);
const stepsSaved = async (folder: string) => (await loadCheckpoint(at(folder)))?.checkpoint.position.steps;

let wanted: unknown;
beforeAll(async () => {
  const digits = { classes: 10, size: 28 };
  await writeMnistFolder(at('data'), syntheticDataset(16, digits), syntheticDataset(10, { ...digits, sample: 1 }));
  const whole = await train(...settings, '--epochs', '2', '--out', 'whole');
  wanted = jsonLines(whole.stdout).at(-1)?.weightsHash;
  const begun = await train(...settings, '--epochs', '1', '--out', 'begun');
  expect([whole.code, begun.code]).toEqual([0, 0]);
});

/** Expects that a resume of the run in a folder ends with the weights of two epochs without a fault. */
async function expectResumable(folder: string): Promise<void> {
  const { code, stdout, stderr } = await train('--json', '--resume', folder, '--epochs', '2');
  expect([code, stderr, jsonLines(stdout).at(-1)?.weightsHash]).toEqual([0, '', wanted]);
}

/** A module that has the checkpoints of the process that imports it written to another path. */
const writingTo = (path: string) => `
  import fs from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const { writeFile } = fs.promises;
  fs.promises.writeFile = (file, ...rest) =>
    writeFile(/checkpoint[^/]*[.]tmp$/.test(file) ? ${JSON.stringify(path)} : file, ...rest);
  syncBuiltinESMExports();
`;

async function firstCheckpoint(folder: string): Promise<void> {
  while (!existsSync(at(folder, 'checkpoint.safetensors'))) await setTimeout(20);
}

async function sendTwice(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await setTimeout(200);
  child.kill(signal);
}

describe.each(['SIGINT', 'SIGTERM'] as const)('a second %s ends train at once, by the signal itself', (signal) => {
  it('during a step: no report, and the checkpoint from before it, which --resume takes to the uninterrupted weightsHash', async () => {
    const folder = `step-${signal}`;
    const child = startTrain(slowRun(folder));
    const outcome = outcomeOf(child);
    await firstCheckpoint(folder);
    await sendTwice(child, signal);
    const { stdout, stderr } = await outcome;
    expect([child.signalCode, events(stdout), stderr]).toEqual([signal, ['start'], '']);
    expect(await stepsSaved(folder)).toBe(0);
    await expectResumable(folder);
  });

  it('while a checkpoint goes to a disk that hangs: the one before is left, which --resume takes to the uninterrupted weightsHash', async () => {
    const folder = `write-${signal}`;
    await cp(at('begun'), at(folder), { recursive: true });
    // What is written for a checkpoint goes into a pipe whose reader stops reading.
    const pipe = at(`${folder}.pipe`);
    execFileSync('mkfifo', [pipe]);
    const hanging = at(`${folder}.mjs`);
    await writeFile(hanging, writingTo(pipe));
    const args = ['--json', '--resume', folder, '--epochs', '2', '--checkpoint-every', '1'];
    const child = startTrain(args, [process.execPath, '--import', hanging]);
    const outcome = outcomeOf(child);
    const reader = startProcess('cat', [pipe], temporary.path);
    await once(reader.stdout, 'readable');
    await sendTwice(child, signal);
    const { stdout, stderr } = await outcome;
    reader.kill();
    expect([child.signalCode, events(stdout), stderr]).toEqual([signal, ['start'], '']);
    expect(await stepsSaved(folder)).toBe(1);
    await expectResumable(folder);
  });
});

it('a folder that becomes read-only during a run ends train with 1 and one line; the checkpoint before is left, which --resume takes to the uninterrupted weightsHash', async () => {
  // Permissions bind root too once it has given up what lifts them.
  const capabilities = '-dac_override,-dac_read_search';
  const bound = ['setpriv', `--inh-caps=${capabilities}`, `--bounding-set=${capabilities}`, process.execPath];
  const child = startTrain(slowRun('read-only'), process.getuid?.() === 0 ? bound : undefined);
  const outcome = outcomeOf(child);
  await firstCheckpoint('read-only');
  await chmod(at('read-only'), 0o555);
  const { code, stdout, stderr } = await outcome;
  await chmod(at('read-only'), 0o755);
  expect([code, events(stdout), stderr]).toEqual([
    1,
    ['start'],
    expect.stringMatching(/^error: cannot write read-only.checkpoint\.safetensors: EACCES: [^\n]*\n$/),
  ]);
  expect(await stepsSaved('read-only')).toBe(0);
  await expectResumable('read-only');
});
