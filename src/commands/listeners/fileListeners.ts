import { join } from 'node:path';
import { HeddleError } from '../../errors.js';
import { hasEventFiles } from '../../formats/tensorBoard/eventFile.js';
import type { RunListener } from '../../training/events.js';
import type { TrainSettings } from '../options/trainSettings.js';
import { checkCsv, csvListener, type EpochLine } from './csvListener.js';
import { tensorBoardListener } from './tensorBoardListener.js';

type Files = Pick<TrainSettings, 'tensorboard' | 'csv'>;

const boardOf = ({ tensorboard }: Files, out: string) =>
  tensorboard === true ? join(out, 'tensorboard') : tensorboard;

/** @param isBegun whether the run has been at work before, and may have written these files
 * @throws HeddleError FILE when the run would write over files of others, or mix its own with them */
export async function checkFiles(files: Files, out: string, isBegun: boolean): Promise<void> {
  const [board, { csv }] = [boardOf(files, out), files];
  if (board !== undefined && !isBegun && (await hasEventFiles(board)))
    throw new HeddleError('FILE', `${board} holds event files of another run; give --tensorboard another folder`);
  if (csv !== undefined) await checkCsv(csv, isBegun);
}

/** What a run writes besides its folder, where somebody wants it.
 * @param metrics what metrics.jsonl has when the run begins or goes on */
export function fileListeners(files: Files, out: string, metrics: () => Promise<readonly EpochLine[]>): RunListener[] {
  const [board, { csv }] = [boardOf(files, out), files];
  return [
    ...(board === undefined ? [] : [tensorBoardListener(board)]),
    ...(csv === undefined ? [] : [csvListener(csv, metrics)]),
  ];
}
