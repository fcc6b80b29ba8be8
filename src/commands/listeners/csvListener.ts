import { appendFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HeddleError } from '../../errors.js';
import { makeFolder, replaceFile, writing } from '../../formats/durableFile.js';
import { MAX_LINES_BYTES, readText, unlessMissing } from '../../formats/regularFile.js';
import type { RunListener } from '../../training/events.js';
import { epochMetrics } from '../../training/metrics.js';

/** A line of metrics.jsonl. */
export type EpochLine = Readonly<Record<string, unknown>>;

/** Of metrics.jsonl, whether a run has them or not. */
const columns = [
  'epoch',
  ...epochMetrics(['train', 'validation', 'test'], ['accuracy', 'top5Accuracy']),
  'seconds',
  'imagesPerSecond',
  'weightsHash',
];
const header = `${columns.join(',')}\n`;

const isShown = (value: unknown) => typeof value === 'string' || Number.isFinite(value);
const lineOf = (epoch: EpochLine) => `${columns.map((name) => (isShown(epoch[name]) ? epoch[name] : '')).join(',')}\n`;

/** @param isBegun whether the run has been at work before, and may have written the file
 * @throws HeddleError FILE when a run would write over a file of another's */
export async function checkCsv(path: string, isBegun: boolean): Promise<void> {
  const text = await readText(path, MAX_LINES_BYTES).catch(unlessMissing);
  if (text === undefined) return;
  const advice = 'give --csv another name';
  if (!isBegun) throw new HeddleError('FILE', `${path} is there already; ${advice}`);
  if (!text.startsWith(header))
    throw new HeddleError('FILE', `${path}: expected the line "${header.trimEnd()}" first; found another; ${advice}`);
}

/** Writes a line for each epoch of a run.
 * @param metrics what metrics.jsonl has when the run begins or goes on, which is written first */
export function csvListener(path: string, metrics: () => Promise<readonly EpochLine[]>): RunListener {
  return async (event) => {
    if (event.event === 'start') {
      await writing(path, () => makeFolder(dirname(path)));
      await replaceFile(path, [header, ...(await metrics()).map(lineOf)].join(''));
    }
    if (event.event === 'epoch') await writing(path, () => appendFile(path, lineOf({ ...event }), { flush: true }));
  };
}
