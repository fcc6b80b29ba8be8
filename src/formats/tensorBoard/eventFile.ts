import { appendFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { HeddleError, reason } from '../../errors.js';
import { makeFolder, writing } from '../durableFile.js';
import { encodeEvent, type SummaryValue, type TensorBoardEvent } from './event.js';
import { encodeRecord } from './record.js';

/** Milliseconds between two writes, at least. */
const INTERVAL = 1000;

/** The seconds in the names of a folder's event files. */
async function secondsOf(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => /^events\.out\.tfevents\.(\d+)\./.exec(name)?.slice(1).map(Number) ?? []);
}

export const hasEventFiles = async (folder: string): Promise<boolean> => (await secondsOf(folder)).length > 0;

/** One of TensorBoard's event files. Records are appended whole, so that what a process that was killed has left can be read. */
export class EventFile {
  private records: Uint8Array[] = [];
  private writtenAt = 0;

  private constructor(readonly path: string) {}

  /** Begins a file in a folder, which it makes if there is none. TensorBoard shows a folder's files as one run: of the steps after
   * those that are done it forgets what the files before have said.
   * @throws HeddleError FILE */
  static async create(folder: string, stepsDone: number): Promise<EventFile> {
    await writing(folder, () => makeFolder(folder));
    const time = Date.now();
    // TensorBoard reads files in the order of their names.
    const seconds = Math.max(Math.floor(time / 1000), ...(await secondsOf(folder)).map((before) => before + 1));
    const file = new EventFile(join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.0`));
    await writing(file.path, () => writeFile(file.path, '', { flag: 'wx' }));
    file.append({ time, step: 0, what: { fileVersion: 'brain.Event:2' } });
    file.append({ time, step: stepsDone + 1, what: 'start' });
    return file;
  }

  /** What a run has after so many steps. @throws HeddleError FILE */
  add(step: number, values: readonly SummaryValue[]): void {
    this.append({ time: Date.now(), step, what: values });
  }

  private append(event: TensorBoardEvent): void {
    this.records.push(encodeRecord(encodeEvent(event)));
    if (event.time - this.writtenAt >= INTERVAL) this.flush();
  }

  /** Writes what has not been written yet. @throws HeddleError FILE */
  flush(): void {
    const records = Buffer.concat(this.records.splice(0));
    this.writtenAt = Date.now();
    try {
      appendFileSync(this.path, records);
    } catch (cause) {
      throw new HeddleError('FILE', `cannot write ${this.path}: ${reason(cause)}`, { cause });
    }
  }
}
