import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What a check found, and whether it is as it should be. */
export interface Verdict {
  readonly text: string;
  readonly good: boolean;
}

/** An object of the command's --json output: an epoch of training or a prediction. */
interface Event {
  readonly event: string;
  readonly testAccuracy: number;
  readonly class: string;
  readonly trueClass: string;
  readonly top: readonly { readonly class: string; readonly probability: number }[];
}

const run = async (folder: string, program: string, ...args: readonly string[]) =>
  (await promisify(execFile)(program, args, { cwd: folder, maxBuffer: 2 ** 26 })).stdout;

/** Installs heddle in an empty folder from the tarball that npm packs of dist. */
export async function install(folder: string): Promise<void> {
  const packed = await run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder);
  await run(folder, 'npm', 'init', '-y');
  await run(folder, 'npm', 'install', `./${JSON.parse(packed)[0].filename}`);
}

/** Draws so many pictures of each class. */
export const draw = (folder: string, count: number, seed: number): Promise<string> =>
  run(root, process.execPath, 'dist/examples/drawPictures.js', folder, String(count), String(seed));

/** What `npx heddle … --json` tells of one kind in a folder where it is installed. */
export async function heddle(folder: string, event: Event['event'], ...args: readonly string[]): Promise<Event[]> {
  const lines = (await run(folder, 'npx', 'heddle', ...args, '--json')).trimEnd().split('\n');
  return lines.map((line): Event => JSON.parse(line)).filter((told) => told.event === event);
}
