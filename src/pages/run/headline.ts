import type { RunEpoch } from '../../training/events.js';
import { countText, durationText, numberText, percentText } from '../format.js';
import { type Content, html, type Markup } from '../markup.js';
import { epochsSoFar, type RunHistory } from './history.js';

/** What the server says of a run that goes on. */
export interface RunState {
  readonly paused: boolean;
  readonly stopping: boolean;
  /** Asked for, and taken with the next step. */
  readonly learningRate?: number;
  /** Why what was asked for last was not done. */
  readonly refusal?: string;
  /** Why the run has come to no end. */
  readonly failure?: string;
}

/** How good the network is, how far the run is, and how fast. */
export function headline(history: RunHistory): Markup {
  const facts = [epochFact(history), speedFact(history), timeFact(history), lossFact(history)];
  return html`<div>${verdict(history)}</div>
<dl class="facts">${facts.map(
    ([name, value, note]) => html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`,
  )}</dl>`;
}

type Fact = readonly [name: string, value: Content, note: Content];

/** The set that an epoch is judged by, and its accuracy. */
export function judged(epoch: RunEpoch): {
  readonly set: 'test' | 'validation' | 'training';
  readonly accuracy: number | undefined;
} {
  const { validationAccuracy, testAccuracy, trainAccuracy } = epoch;
  if (testAccuracy !== undefined) return { set: 'test', accuracy: testAccuracy };
  if (validationAccuracy !== undefined) return { set: 'validation', accuracy: validationAccuracy };
  return { set: 'training', accuracy: trainAccuracy };
}

/** The epoch whose accuracy is highest, the first of equals. */
export const bestEpoch = (epochs: readonly RunEpoch[]): RunEpoch | undefined =>
  epochs.reduce<RunEpoch | undefined>(
    (best, epoch) =>
      (judged(epoch).accuracy ?? -1) > ((best && judged(best).accuracy) ?? Number.NEGATIVE_INFINITY) ? epoch : best,
    undefined,
  );

function verdict({ epochs, step }: RunHistory): Markup {
  const last = epochs.at(-1);
  const best = bestEpoch(epochs);
  if (last && best) {
    const { set, accuracy } = judged(last);
    const others = html`; the most were <strong>${percentText(judged(best).accuracy)}</strong> after epoch ${best.epoch}`;
    return html`<p class="figure">${percentText(accuracy)}</p>
<p class="verdict">of the ${set} images are named rightly after epoch ${last.epoch}${best === last ? undefined : others}.</p>`;
  }
  if (step?.accuracy !== undefined)
    return html`<p class="figure">${percentText(step.accuracy)}</p>
<p class="verdict">of the training images in this epoch so far were named rightly.</p>`;
  return html`<p class="figure">–</p><p class="verdict">No step is done yet.</p>`;
}

function epochFact({ start, step, evaluation, end, epochs }: RunHistory): Fact {
  const done = epochs.at(-1)?.epoch ?? start?.epochsDone ?? 0;
  if (end || !step || step.epoch <= done) return ['epochs', html`${done} of ${start?.epochs}`, countedImages(start)];
  const value = html`${step.epoch} of ${start?.epochs}`;
  if (evaluation)
    return ['epoch', value, `${evaluation.set}: ${percentText(evaluation.images / evaluation.count, 0)} evaluated`];
  return ['epoch', value, `step ${step.step.toLocaleString('en')} of ${step.steps.toLocaleString('en')}`];
}

const countedImages = (start: RunHistory['start']) => start && countText(start.trainImages, 'training image');

function speedFact({ step, epochs, start }: RunHistory): Fact {
  const speed = step?.imagesPerSecond ?? epochs.at(-1)?.imagesPerSecond;
  const threads = start && countText(start.workers, 'worker');
  return ['images a second', speed === undefined ? '–' : Math.round(speed).toLocaleString('en'), threads];
}

function timeFact({ start, step, epochs, end }: RunHistory): Fact {
  const trained = epochs.reduce((sum, { seconds }) => sum + seconds, 0);
  if (end || !step || !start) return ['training time', durationText(trained), 'without the evaluations'];
  const steps = step.steps - step.step + (start.epochs - step.epoch) * step.steps;
  return ['time left', durationText(steps / step.stepsPerSecond), 'of training, without the evaluations'];
}

function lossFact({ step, epochs }: RunHistory): Fact {
  const last = epochs.at(-1);
  if (step && step.epoch !== last?.epoch) return ['training loss', numberText(step.loss), 'mean of this epoch so far'];
  return ['training loss', last ? numberText(last.trainLoss) : '–', 'mean of the epoch'];
}

/** What a run is doing.
 * @param state absent of one that is over */
export function stateText(history: RunHistory, state: RunState | undefined, isConnected: boolean): string {
  const { end, title } = history;
  if (!state && !end) return 'as its folder has it';
  if (end)
    return end.interrupted
      ? `stopped before its end; its files are in ${title}`
      : `at its end; heddle view ${end.out} shows it again`;
  if (state?.failure !== undefined) return `ended by an error: ${state.failure}`;
  if (!isConnected) return 'the training process does not answer: it has ended, or is busy';
  if (state?.stopping) return 'stopping, and saving a checkpoint';
  if (state?.paused) return `paused after ${numberText(epochsSoFar(history))} epochs`;
  return 'going on';
}
