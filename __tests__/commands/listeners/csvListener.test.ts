import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkCsv, csvListener } from '../../../src/commands/listeners/csvListener.js';
import type { RunEpoch } from '../../../src/training/events.js';
import { runEnd, runStart, runStep } from '../../support/runEvents.js';

const header =
  'epoch,trainLoss,trainAccuracy,trainTop5Accuracy,validationLoss,validationAccuracy,validationTop5Accuracy,' +
  'testLoss,testAccuracy,testTop5Accuracy,seconds,imagesPerSecond,weightsHash\n';
const epoch = (number: number): RunEpoch => ({
  event: 'epoch',
  epoch: number,
  stepsDone: 10 * number,
  trainLoss: 0.1 + 0.2,
  trainAccuracy: 0.5,
  testLoss: Number.NaN,
  testAccuracy: 1e-7,
  seconds: 1.5,
  imagesPerSecond: 80,
  weightsHash: 'ab',
});
const line = (number: number) => `${number},0.30000000000000004,0.5,,,,,,1e-7,,1.5,80,ab\n`;

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'heddle-csv-')), 'run.csv');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

describe('csvListener', () => {
  it('writes the columns at the start and a line after each epoch, exact, with nothing where a run has no number', async () => {
    const listener = csvListener(path, async () => []);
    const found: string[] = [];
    for (const event of [runStart, runStep(10), epoch(1), runStep(20), epoch(2), runEnd]) {
      await listener(event);
      found.push(readFileSync(path, 'utf8'));
    }
    const [one, two] = [header + line(1), header + line(1) + line(2)];
    expect(found).toEqual([header, header, one, one, two, two]);
  });

  it('of a run that goes on writes the epochs before anew, as metrics.jsonl has them, whatever the file had', async () => {
    writeFileSync(path, `${header}${line(1)}${line(2)}3,0.3`);
    const before = JSON.parse(JSON.stringify({ ...epoch(1), event: undefined }));
    await csvListener(path, async () => [before])(runStart);
    expect(readFileSync(path, 'utf8')).toBe(header + line(1));
  });
});

describe('checkCsv', () => {
  it('takes a file that is not there, and of a run that goes on one that begins with the columns', async () => {
    await expect(checkCsv(path, false)).resolves.toBeUndefined();
    writeFileSync(path, header);
    await expect(checkCsv(path, true)).resolves.toBeUndefined();
  });

  it('refuses with FILE any file of a new run, and of one that goes on any other, by its name and with what to do', async () => {
    writeFileSync(path, header);
    await expect(checkCsv(path, false)).rejects.toMatchObject({
      code: 'FILE',
      message: `${path} is there already; give --csv another name`,
    });
    writeFileSync(path, 'name,price\n');
    await expect(checkCsv(path, true)).rejects.toMatchObject({
      code: 'FILE',
      message: `${path}: expected the line "${header.trimEnd()}" first; found another; give --csv another name`,
    });
  });
});
