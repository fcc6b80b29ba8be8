import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { EventFile, hasEventFiles } from '../../../src/formats/tensorBoard/eventFile.js';
import { curveOf, readFolder, readRecords } from '../../support/tensorBoard.js';

const time = 1_800_000_000_000;
let folder: string;
let now: jest.SpiedFunction<typeof Date.now>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-board-'));
  now = jest.spyOn(Date, 'now').mockReturnValue(time);
});
afterEach(() => {
  now.mockRestore();
  rmSync(folder, { recursive: true });
});

const loss = (scalar: number) => [{ tag: 'loss', scalar }];

it('has the name that TensorBoard looks for, and begins with the version and the start of a session', async () => {
  const file = await EventFile.create(join(folder, 'a', 'b'), 7);
  file.flush();
  expect(readdirSync(join(folder, 'a', 'b'))).toEqual([
    `events.out.tfevents.1800000000.${hostname()}.${process.pid}.0`,
  ]);
  expect(readFolder(join(folder, 'a', 'b'))).toEqual([
    [
      { wallTime: time / 1000, step: 0, fileVersion: 'brain.Event:2' },
      { wallTime: time / 1000, step: 8, status: 1 },
    ],
  ]);
});

it('files that are begun in the same second are read in the order in which they began, and give one curve', async () => {
  for (const [begin, step] of [0, 2, 3].entries()) {
    const file = await EventFile.create(folder, step);
    for (let s = step + 1; s <= step + 3; s++) file.add(s, loss(10 * begin + s));
    file.flush();
  }
  expect(curveOf(folder, 'loss')).toEqual([
    [1, 1],
    [2, 2],
    [3, 13],
    [4, 24],
    [5, 25],
    [6, 26],
  ]);
});

it('writes once a second what has come meanwhile, and the rest when it is told to', async () => {
  const file = await EventFile.create(folder, 0);
  const records = () => readRecords(readFileSync(file.path)).length;
  const found = [0, 300, 900, 999, 1000, 1500, 2500].map((milliseconds, i) => {
    now.mockReturnValue(time + milliseconds);
    file.add(i + 1, loss(i));
    return records();
  });
  // The two records that each file begins with come on top: the first of them is written at once.
  expect(found).toEqual([1, 1, 1, 1, 7, 7, 9]);
  file.add(8, loss(8));
  file.flush();
  expect(records()).toBe(10);
});

it('cut off at any byte it has all the records that were whole', async () => {
  const file = await EventFile.create(folder, 0);
  for (let step = 1; step <= 3; step++) file.add(step, loss(step));
  file.flush();
  const bytes = readFileSync(file.path);
  const counts = Array.from({ length: bytes.length + 1 }, (_, end) => readRecords(bytes.subarray(0, end)).length);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect([counts[0], counts.at(-2), counts.at(-1)]).toEqual([0, 4, 5]);
});

it('a file that cannot be written is refused with FILE and its name, when it begins and later', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(EventFile.create(join(folder, 'file'), 0)).rejects.toMatchObject({
    code: 'FILE',
    message: expect.stringContaining(join(folder, 'file')),
  });
  const file = await EventFile.create(join(folder, 'gone'), 0);
  rmSync(join(folder, 'gone'), { recursive: true });
  file.add(1, loss(1));
  expect(() => file.flush()).toThrow(
    expect.objectContaining({ code: 'FILE', message: expect.stringMatching(/^cannot write .*tfevents.*ENOENT/) }),
  );
});

it('hasEventFiles knows them from other files, and a folder that is not there has none', async () => {
  writeFileSync(join(folder, 'notes.txt'), '');
  expect([await hasEventFiles(folder), await hasEventFiles(join(folder, 'none'))]).toEqual([false, false]);
  await EventFile.create(folder, 0);
  expect(await hasEventFiles(folder)).toBe(true);
});
