import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, jest } from '@jest/globals';

export interface Outcome {
  /** The exit code, null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A child of ours that hangs is ended after so many milliseconds, and has the exit code null then. Seconds will do
 * unless other work takes the machine. */
const PATIENCE = 170_000;

type CommandName = 'train' | 'tune' | 'evaluate' | 'export' | 'predict' | 'data' | 'view';

export const commandPath = (name: CommandName) => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));

export const startProcess = (file: string, args: readonly string[], cwd: string): ChildProcessWithoutNullStreams =>
  spawn(file, args, { cwd, timeout: PATIENCE, killSignal: 'SIGKILL' });

export async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** Runs `node dist/NAME.js` with these arguments in a folder. */
export const runCommand = (name: CommandName, args: readonly string[], cwd: string): Promise<Outcome> =>
  outcomeOf(startProcess(process.execPath, [commandPath(name), ...args], cwd));

/** A folder for the tests of a file, which run commands in it; removed after them. */
export function temporaryFolder(): { readonly path: string } {
  jest.setTimeout(PATIENCE + 10_000);
  let path = '';
  beforeAll(async () => {
    path = await mkdtemp(join(tmpdir(), 'heddle-cli-'));
  });
  afterAll(() => rm(path, { recursive: true }));
  return {
    get path() {
      return path;
    },
  };
}

/** The objects of a --json output; throws where a line is not JSON. */
export const jsonLines = (output: string): Record<string, unknown>[] =>
  output
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
