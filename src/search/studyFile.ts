import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { options, required, text } from '../arguments.js';
import { HeddleError, quote } from '../errors.js';
import { writing } from '../formats/modelFile.js';
import { applyEvent, checkConfig, type Journal, type Study, type StudyConfig } from './study.js';
import { readConfig, readStudy, studyLine } from './studyLines.js';

/**
 * Begins a study in a file of JSON lines, or continues the one that is there: its trials that have ended stay, and an
 * interrupted one is taken out, to run again. A line that a crash has left half-written at the end is cut off.
 *
 * @throws HeddleError CHECKPOINT naming what differs when there is another study; FORMAT when the file is damaged or none
 *   of a study; FILE when it cannot be read or written
 */
export async function openStudy(path: string, config: StudyConfig): Promise<Journal> {
  checkStudyConfig(path, config);
  const { study, settledBytes } = await read(path);
  if (study) checkConfig(study.config, config, path);
  await writing(path, () =>
    study ? truncate(path, settledBytes) : writeFile(path, studyLine({ event: 'study', ...config }), { flush: true }),
  );
  return fileJournal(
    path,
    study ? { ...study, trials: study.trials.filter(({ state }) => state !== 'running') } : { config, trials: [] },
  );
}

/**
 * The study in a file, to look at.
 *
 * @throws HeddleError FILE when there is none or it cannot be read; FORMAT when it is damaged
 */
export async function loadStudy(path: string): Promise<Study> {
  required('loadStudy(path)', { path });
  text('path', path);
  const { study } = await read(path);
  if (!study) throw new HeddleError('FILE', `${path} holds no study`);
  return study;
}

/** @throws HeddleError ARGUMENT */
function checkStudyConfig(path: string, config: StudyConfig): void {
  const form = 'openStudy(path, { version, seed, sampler, space, first, epochs, halving, run })';
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
    run: undefined,
  });
  required(form, fields);
  try {
    readConfig(JSON.parse(JSON.stringify(fields)));
  } catch (cause) {
    throw new HeddleError('ARGUMENT', `openStudy: ${(cause as Error).message}`, { cause });
  }
}

function fileJournal(path: string, begun: Study): Journal {
  let study = begun;
  return {
    get study() {
      return study;
    },
    async append(event) {
      const next = applyEvent(study, event);
      await writing(path, () => appendFile(path, studyLine(event), { flush: true }));
      study = next;
    },
  };
}

async function read(path: string): Promise<{ study: Study | undefined; settledBytes: number }> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return Buffer.alloc(0);
    throw new HeddleError('FILE', `cannot read ${path}: ${cause.message}`, { cause });
  });
  const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
  if (whole.length === 0) {
    // Of a study that a crash ended in its first line there is nothing to keep; another file is not ours to replace.
    const torn = bytes.toString('latin1');
    const [opening] = studyLine({ event: 'study' } as never).split('}');
    if (!torn.startsWith(opening) && !opening.startsWith(torn))
      throw new HeddleError('FORMAT', `${path}: expected a study, in JSON lines; found ${quote(torn)}`);
    return { study: undefined, settledBytes: 0 };
  }
  const { study, settledLines } = readStudy(whole.toString(), path);
  let settledBytes = 0;
  for (let line = 0; line < settledLines; line++) settledBytes = whole.indexOf('\n', settledBytes) + 1;
  return { study, settledBytes };
}
