import { HeddleError, printable } from '../errors.js';
import { LivePage } from '../livePage/livePage.js';
import { newHistory } from '../pages/run/history.js';
import type { RunChange } from '../training/events.js';
import type { Trainer } from '../training/trainer.js';
import type { Changes } from './changes.js';
import { runBefore, savedEpochs } from './savedRun.js';
import { tellAddress } from './tellAddress.js';

/** Serves the page of the run in a folder, which knows of the epochs that are done already.
 * @param signal stops the run, as the page's own signal does; absent where several machines share it, which no page controls
 * @throws HeddleError STATE where no port is to be had */
export async function pageOfRun(
  folder: string,
  trainer: Trainer,
  json: boolean,
  signal: AbortSignal | undefined,
): Promise<LivePage> {
  const history = newHistory(printable(folder));
  // A run goes on without lines that cannot be read, and so does its page.
  const saved = await savedEpochs(folder).catch(() => []);
  history.epochs.push(...saved.filter(({ epoch }) => epoch <= trainer.epochsDone));
  const before = await runBefore(folder);
  if (before) history.before = { title: before.title, epochs: before.epochs };
  const page = await LivePage.open(history, { signal, controls: signal !== undefined });
  tellAddress(page.address, json);
  return page;
}

/** Makes the change of the learning rate that a page's reader has asked for, between two steps. */
export async function makeChange(
  page: LivePage | undefined,
  folder: string,
  changes: Changes,
  trainer: Trainer,
): Promise<RunChange | undefined> {
  const learningRate = page?.takeLearningRate();
  if (page === undefined || learningRate === undefined) return undefined;
  try {
    return await changes.make(folder, trainer, learningRate);
  } catch (error) {
    if (!(error instanceof HeddleError && error.code === 'ARGUMENT')) throw error;
    page.refuse(error.message);
    return undefined;
  }
}
