import { describe, expect, it } from '@jest/globals';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import { describeData } from '../../src/datasets/describe.js';
import type { LabelledData } from '../../src/datasets/labelledData.js';

/** Pictures of one pixel, so many of each class. */
function set(counts: readonly number[]) {
  const targets = Uint8Array.from(counts.flatMap((count, label) => Array<number>(count).fill(label)));
  return tensorDataset({ shape: [targets.length, 1, 1, 1], data: new Uint8Array(targets.length) }, targets);
}
const data = (train: readonly number[], test: readonly number[], others: Partial<LabelledData> = {}): LabelledData => ({
  kind: 'a folder of pictures',
  train: set(train),
  test: set(test),
  classes: ['circle', 'square', 'triangle'],
  transform: { type: 'resizeCrop', channels: 3, resize: 64, crop: [64, 64] },
  unreadable: [],
  ...others,
});

describe('describeData', () => {
  it('says counts, classes and sizes', () => {
    const sizes = { smallest: [20, 31], median: [64, 61], largest: [200, 160] } as const;
    expect(describeData(data([48, 40, 48], [12, 12, 12], { sizes }))).toBe(
      'a folder of pictures: 136 to train on, 36 to test with, 3 classes (circle 48,\n' +
        '  square 40, triangle 48)\n' +
        'sizes from 20×31 to 200×160, median 64×61; as 3×64×64',
    );
  });

  it('says once how many a class has where all have the same, and of a model’s classes those that there are', () => {
    const others = { kind: 'IDX files', transform: { type: 'lightOnDark', height: 28, width: 28 } } as const;
    expect(describeData(data([1500, 1500, 0], [1, 1, 0], others))).toBe(
      'IDX files: 3,000 to train on, 2 to test with, 2 of the 3 classes of 1,500 each\n' +
        '  (circle, square)\n' +
        'pictures of 1×28×28',
    );
  });

  it.each<[number[], boolean]>([
    [[30, 11, 20], false],
    [[30, 10, 20], true],
    [[30, 0, 20], true],
  ])('with %p pictures of its classes, says that these are unequal: %p', (counts, isSaid) => {
    const text = describeData(data(counts, [1, 1, 1]));
    expect(text.includes('unequal classes: circle has 30 pictures to train on, square')).toBe(isSaid);
  });

  it('names five files that were left out and counts the others; each line has 80 characters at most, none a control', () => {
    const unreadable = Array.from({ length: 1007 }, (_, i) => ({
      file: `cats/\x1b[2J${i}.png`,
      reason: 'x'.repeat(100),
    }));
    const classes = Array.from({ length: 100 }, (_, i) => `${i}\n${'y'.repeat(60)}`);
    const text = describeData({ ...data([...Array(100).keys()], [1], { unreadable }), classes });
    const lines = text.split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text).toMatch(/left out: 1,007 files that could not be read\n {2}cats\/\\u001b\[2J0\.png: x+…\n/);
    expect(lines.at(-1)).toBe('  and 1,002 more');
    expect(lines.filter((line) => line.startsWith('  cats/'))).toHaveLength(5);
    expect(text).toMatch(/88 more\)/);
  });

  it('says how many files were passed over, and why pictures could not be kept', () => {
    expect(describeData(data([2, 2, 2], [1, 1, 1], { otherFiles: 1, notKept: 'the disk is full' }))).toMatch(
      /\nnot kept for the next start: the disk is full\npassed over: a file of other kinds, or in no class's folder$/,
    );
  });

  it('breaks lines where they are full, whatever the length of the words before', () => {
    for (let length = 1; length <= 60; length++) {
      const text = describeData(data([48, 40, 48], [12, 12, 12], { kind: 'k'.repeat(length) }));
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
      expect(text.replaceAll('\n  ', ' ')).toContain(
        '136 to train on, 36 to test with, 3 classes (circle 48, square 40,',
      );
    }
  });
});
