import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { syntheticDataset, writeMnistFolder } from '../../../__tests__/support/dataset.js';

export type Command = 'train' | 'tune';

/** What a command is run with, and the files that tell of its work. */
export interface Work {
  readonly command: Command;
  /** The options that begin it, but for --out. */
  readonly settings: readonly string[];
  /** The options that go on with it, but for --resume. */
  readonly onwards: readonly string[];
  /** The file that is there when --resume can go on. */
  readonly opening: string;
  readonly record: string;
}

const failingCall = fileURLToPath(new URL('crash/failingCall.js', import.meta.url));

export interface Outcome {
  readonly pid: number;
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs a command to its end; with a failing call, if one is told. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  failing?: { readonly call: number; readonly effect: 'fail' | 'kill' },
): Promise<Outcome> {
  const script = fileURLToPath(new URL(`../../${command}.js`, import.meta.url));
  const child = spawn(process.execPath, [...(failing ? ['--import', failingCall] : []), script, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HEDDLE_FAILING_CALL: failing ? `${failing.call} ${failing.effect}` : '' },
  });
  const [[code], stderr] = await Promise.all([once(child, 'exit') as Promise<[number | null]>, text(child.stderr)]);
  return { pid: child.pid as number, code, stderr };
}

/** The lines of a run's metrics or of a study, without their times. */
export const recordOf = async ({ record }: Work, folder: string): Promise<string> =>
  (await readFile(join(folder, record), 'utf8')).replaceAll(/,?"(seconds|imagesPerSecond)":[^,}]*/g, '');

/** Works that take a second or two, on 24 images. */
export async function smallWorks(folder: string): Promise<Readonly<Record<Command, Work>>> {
  const data = join(folder, 'data');
  await mkdir(data);
  const digits = { classes: 10, size: 28 };
  await writeMnistFolder(data, syntheticDataset(24, digits), syntheticDataset(10, { ...digits, sample: 1 }));
  const shared = ['--data', data, '--epochs', '2', '--workers', '1'];
  return {
    train: {
      command: 'train',
      settings: [...shared, '--batch-size', '12', '--lr', '0.01', '--momentum', '0.9'],
      onwards: ['--workers', '1'],
      opening: 'config.json',
      record: 'metrics.jsonl',
    },
    tune: {
      command: 'tune',
      settings: [...shared, '--limit', '12', '--validation', '12', '--eta', '1', '--trials', '2'],
      onwards: ['--workers', '1', '--trials', '2'],
      opening: 'study.jsonl',
      record: 'study.jsonl',
    },
  };
}
