import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand, temporaryFolder } from '../support/command.js';
import { colourPng, writeFiles } from '../support/drawnPictures.js';

const temporary = temporaryFolder();
const at = (...names: string[]) => join(temporary.path, ...names);
const index = new URL('../../dist/index.js', import.meta.url).href;
const network = `import { Flatten, Linear, Sequential } from '${index}';
export default ({ inputShape: [c, h, w], numClasses }) => new Sequential([new Flatten(), new Linear(c * h * w, numClasses)]);`;

/** Pictures of two classes, from a number on. */
const pictures = (count: number, first = 0) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => first + i).flatMap((i) => [
      [`warm/${i}.png`, colourPng(40, 34, [200 + i, 90, 60])],
      [`cold/${i}.png`, colourPng(34, 40, [60, 90, 200 + i])],
    ]),
  );

const train = (...args: string[]) => runCommand('train', args, temporary.path);
const run = ['--network', 'network.mjs', '--epochs', '2', '--json'];

beforeAll(async () => {
  writeFileSync(at('network.mjs'), network);
  await writeFiles(at('pictures'), pictures(10));
});

describe('train on a folder of pictures', () => {
  it.each(['pictures/runs/first', 'pictures/warm'])(
    'refuses a run in %s, where the next start would take it for a class, and writes nothing',
    async (out) => {
      const { code, stdout, stderr } = await train('--data', 'pictures', '--out', out, ...run);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^error: --out: [^\n]*--data[^\n]*\n$/);
      expect(existsSync(at('pictures/runs')) || existsSync(at('pictures/warm/config.json'))).toBe(false);
    },
  );

  it('refuses to go on with a run whose pictures have become more, in one line that says so', async () => {
    await writeFiles(at('growing'), pictures(10));
    expect((await train('--data', 'growing', '--out', 'grown', ...run)).code).toBe(0);
    await writeFiles(at('growing'), pictures(5, 10));
    const { code, stdout, stderr } = await train('--resume', 'grown', '--epochs', '3');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: [^\n]*16 training and 4 test images; its data have 24 and 6 now[^\n]*\n$/);
  });
});
