import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { colourPng, writeFiles } from './drawnPictures.js';

/** A name that a page must not take for markup. */
export const injection = '<img src=x onerror="document.title=1">';
const classes = [injection, "'><script>document.title=2<", 'plain'];

const index = new URL('../../dist/index.js', import.meta.url).href;
const network = `import { Conv2d, Flatten, Linear, ReLU, Sequential } from '${index}';
export default ({ inputShape: [channels, height, width], numClasses }) => new Sequential([
  new Conv2d(channels, 8, 3, { padding: 1 }), new ReLU(), new Flatten(), new Linear(8 * height * width, numClasses),
]);`;

/** The options of a small training on pictures of one colour each, in a folder; its classes cannot all be told apart, and
 * an epoch has 6 steps. */
export async function hostileRun(folder: string): Promise<string[]> {
  const pictures = classes.flatMap((name, label) =>
    Array.from({ length: 20 }, (_, i) => {
      const grey = 60 + 40 * label + ((i * 37) % 90);
      return [`${name}/${i}.png`, colourPng(9, 8, [grey, 128, 255 - grey])];
    }),
  );
  await writeFiles(join(folder, 'pictures'), Object.fromEntries(pictures));
  await writeFile(join(folder, 'network.mjs'), network);
  const data = ['--data', 'pictures', '--network', 'network.mjs', '--batch-size', '8', '--lr', '0.005'];
  return [...data, '--schedule', 'constant', '--workers', '1', '--json'];
}

/** The address of a page, which a process prints as its first line. */
export async function addressOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [line] = await once(createInterface(child.stdout), 'line');
  return JSON.parse(line).address;
}
