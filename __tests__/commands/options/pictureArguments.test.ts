import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { picturesNamed } from '../../../src/commands/options/pictureArguments.js';

let root = '';
const at = (name: string) => join(root, name);

const files = [
  'a.png',
  'b.JPEG',
  'notes.txt',
  '.hidden.png',
  '[1].png',
  'deep/one.jpg',
  'deep/two (1).png',
  'deep/er/three.png',
  'deep/er/four.png',
  'deep/.git/five.png',
  'none/readme.md',
];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'heddle-pictures-'));
  for (const file of files) {
    mkdirSync(dirname(at(file)), { recursive: true });
    writeFileSync(at(file), '');
  }
  symlinkSync(at('deep'), at('deep/er/circle'));
  symlinkSync(at('a.png'), at('deep/link.png'));
});
afterAll(() => rm(root, { recursive: true }));

/** The pictures' paths below the folder, and the messages of what is none. */
async function named(...names: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const one of picturesNamed(names.map(at)))
    found.push('error' in one ? String(one.error) : relative(root, one.file).replaceAll('\\', '/'));
  return found;
}

describe('picturesNamed', () => {
  it('takes files as they are named, whether they are there, and whatever signs are in their names', async () => {
    const names = ['b.JPEG', 'missing.png', 'notes.txt', '[1].png', 'a.png'];
    expect(await named(...names)).toEqual(names);
  });

  it('finds the pictures in a folder and then in those in it, by name, without hidden ones, links that lead round once', async () => {
    const deep = ['deep/link.png', 'deep/one.jpg', 'deep/two (1).png', 'deep/er/four.png', 'deep/er/three.png'];
    expect(await named('deep')).toEqual(deep);
    expect(await named('')).toEqual(['[1].png', 'a.png', 'b.JPEG', ...deep]);
  });

  it.each<[string, string[]]>([
    ['*.png', ['[1].png', 'a.png']],
    ['*', ['[1].png', 'a.png', 'b.JPEG']],
    ['?.{png,JPEG}', ['a.png', 'b.JPEG']],
    ['deep/*.[pj][np]g', ['deep/link.png', 'deep/one.jpg', 'deep/two (1).png']],
    ['deep/two (*).png', ['deep/two (1).png']],
    ['d*/e[!x]/t*', ['deep/er/three.png']],
    ['**/t*.png', ['deep/two (1).png', 'deep/er/three.png']],
    ['deep/.git/*.png', ['deep/.git/five.png']],
  ])('finds what fits the pattern %s', async (pattern, expected) => {
    expect(await named(pattern)).toEqual(expected);
  });

  it.each([
    ['none', 'a folder with PNG or JPEG files'],
    ['x*.png', 'a pattern of PNG or JPEG files'],
    ['missing/*.png', 'a pattern of PNG or JPEG files'],
  ])('has an error in the place of %s, which has no picture, and goes on', async (name, part) => {
    const [before, error, after, ...more] = await named('a.png', name, 'a.png');
    expect([before, after, more]).toEqual(['a.png', 'a.png', []]);
    expect(error).toContain(at(name));
    expect(error).toContain(part);
  });

  it('names of pictures in a given folder the folders that may have the names of their classes, the outermost first', async () => {
    const folders: unknown[] = [];
    for await (const one of picturesNamed([at('deep'), at('a.png'), at('deep/*/f*.png')]))
      if ('folders' in one) folders.push(one.folders);
    const direct = ['deep'];
    expect(folders).toEqual([direct, direct, direct, ['er', 'deep'], ['er', 'deep'], [], []]);
  });
});
