import { appendFile, stat, truncate } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { HeddleError, quote, reason } from '../errors.js';
import { removeTemporaries, replaceFile, writing } from '../formats/durableFile.js';
import { type Lock, takeLock } from '../formats/lock.js';
import { MAX_LINES_BYTES, readRegularFile, unlessMissing } from '../formats/regularFile.js';
import { checkSeed } from '../tensor/random.js';
import { options, required, text } from '../validate.js';
import { applyEvent, checkConfig, type Journal, type Study, type StudyConfig } from './study.js';
import { readConfig, readStudy, studyLine } from './studyLines.js';

/** A study in a file, which no other process may go on with until this is closed or the process ends. */
export interface StudyFile extends Journal {
  close(): void;
}

/** Keeps other processes from a study's file; `openStudy` does so too. @throws HeddleError FILE naming the one at it */
export const lockStudy = (path: string, subject = path) => takeLock(`${path}.lock`, subject);

/** Begins a study in a file of JSON lines, or continues the one that is there: its trials that have ended stay, and an
 * interrupted one is taken out, to run again; of several ranks' the epochs stay that are done, and run again unseen. A line that a crash has left half-written at the end is cut off.
 * @throws HeddleError CHECKPOINT naming what differs when there is another study; FORMAT when the file is damaged or
 *   none of a study; FILE when it cannot be read or written, or another process is at it */
export async function openStudy(path: string, config: StudyConfig): Promise<StudyFile> {
  checkStudyConfig(path, config);
  const lock = await lockStudy(path);
  try {
    const { study, settled, settledBytes } = await read(path);
    if (study) checkConfig(study.config, config, path);
    const opening = studyLine({ event: 'study', ...config });
    await (study ? writing(path, () => truncate(path, settledBytes)) : replaceFile(path, opening));
    await removeTemporaries(dirname(path), [basename(path)]);
    const bytes = study ? settledBytes : Buffer.byteLength(opening);
    return fileJournal(path, settled ?? { config, trials: [] }, bytes, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The study in a file, to look at.
 * @throws HeddleError FILE when there is none or it cannot be read; FORMAT when it is damaged */
export async function loadStudy(path: string): Promise<Study> {
  required('loadStudy(path)', { path });
  text('path', path);
  const { study } = await read(path);
  if (!study) throw new HeddleError('FILE', `${path} holds no study`);
  return study;
}

/** @throws HeddleError ARGUMENT */
function checkStudyConfig(path: string, config: StudyConfig): void {
  const form = 'openStudy(path, { version, seed, sampler, space, first, epochs, halving, ranks, run })';
  required(form, { path, config });
  text('path', path);
  const fields = options(form, config, {
    version: undefined,
    seed: undefined,
    sampler: undefined,
    space: undefined,
    first: undefined,
    epochs: undefined,
    halving: undefined,
    ranks: undefined,
    run: undefined,
  });
  const { ranks, ...needed } = fields;
  required(form, needed);
  checkSeed(fields.seed);
  try {
    readConfig(JSON.parse(JSON.stringify(fields)));
  } catch (cause) {
    throw new HeddleError('ARGUMENT', `openStudy: ${reason(cause)}`, { cause });
  }
}

function fileJournal(path: string, begun: Study, begunBytes: number, lock: Lock): StudyFile {
  let study = begun;
  let bytes = begunBytes;
  return {
    get study() {
      return study;
    },
    async append(event) {
      const next = applyEvent(study, event);
      const line = studyLine(event);
      await writing(path, async () => {
        const { size } = await stat(path);
        if (size !== bytes) throw new Error(`it has been changed since this study was opened, to ${size} bytes`);
        await appendFile(path, line, { flush: true }).catch(async (error) => {
          await truncate(path, bytes).catch(() => {}); // what is left of the line is cut off when the study is opened
          throw error;
        });
      });
      bytes += Buffer.byteLength(line);
      study = next;
    },
    close: lock.release,
  };
}

async function read(path: string) {
  const bytes = Buffer.from((await readRegularFile(path, MAX_LINES_BYTES).catch(unlessMissing)) ?? []);
  const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
  if (whole.length === 0) {
    // A study that a crash ended in its first line has nothing to keep; another file is not ours to replace.
    const torn = bytes.toString('latin1');
    const [opening] = studyLine({ event: 'study' } as never).split('}');
    if (!torn.startsWith(opening) && !opening.startsWith(torn))
      throw new HeddleError('FORMAT', `${path}: expected a study, in JSON lines; found ${quote(torn)}`);
    return { study: undefined, settled: undefined, settledBytes: 0 };
  }
  const { study, settled, settledLines } = readStudy(whole.toString(), path);
  let settledBytes = 0;
  for (let line = 0; line < settledLines; line++) settledBytes = whole.indexOf('\n', settledBytes) + 1;
  return { study, settled, settledBytes };
}
