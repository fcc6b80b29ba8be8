import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeSafetensors } from '../../src/formats/safetensors.js';
import { jsonLines, runCommand, temporaryFolder } from '../support/command.js';
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

describe('a run that started from weights', () => {
  it('with frozen parts goes on to the same bits where their file is gone, and leaves what is frozen as it was', async () => {
    const two = `import { Flatten, Linear, Sequential } from '${index}';
export default ({ inputShape: [c, h, w], numClasses }) =>
  new Sequential([new Flatten(), new Linear(c * h * w, 4), new Linear(4, numClasses)]);`;
    writeFileSync(at('two.mjs'), two);
    await train('--data', 'pictures', '--network', 'two.mjs', '--epochs', '1', '--out', 'first');
    const from = ['--weights', 'first/model.safetensors', '--freeze', '1', '--data', 'pictures', '--json'];
    const whole = await train(...from, '--epochs', '3', '--schedule', 'constant', '--out', 'whole');
    const begun = await train(...from, '--epochs', '1', '--schedule', 'constant', '--out', 'begun');
    expect([whole.code, begun.code, whole.stderr, begun.stderr]).toEqual([0, 0, '', '']);
    const [before, after] = [at('first', 'model.safetensors'), at('whole', 'model.safetensors')].map(layer1);
    expect(before).toHaveLength(4 * 3 * 32 * 32);
    expect(after).toEqual(before);
    rmSync(at('first'), { recursive: true });
    const resumed = await train('--resume', 'begun', '--epochs', '3', '--json');
    expect([resumed.code, resumed.stderr]).toEqual([0, '']);
    const hashOf = (stdout: string) => jsonLines(stdout).at(-1)?.weightsHash;
    expect(hashOf(resumed.stdout)).toBe(hashOf(whole.stdout));
  });
});

const layer1 = (file: string) => decodeSafetensors(readFileSync(file)).tensors.get('1.weight')?.data;
