import type { RunEpoch } from '../../training/events.js';
import { COLOURS } from '../run/comparison.js';
import { judged } from '../run/headline.js';
import type { CurvePoint, RunHistory } from '../run/history.js';
import { type Line, smoothed } from './curves.js';

/** What a chart draws: of each step, and of each epoch by the set that it is measured on. */
interface Measure {
  ofStep(point: CurvePoint): number | undefined;
  readonly ofEpoch: Readonly<Record<'training' | 'validation' | 'test', (epoch: RunEpoch) => number | undefined>>;
}

export const lossOf: Measure = {
  ofStep: ({ loss }) => loss,
  ofEpoch: {
    training: ({ trainLoss }) => trainLoss,
    validation: ({ validationLoss }) => validationLoss,
    test: ({ testLoss }) => testLoss,
  },
};

export const accuracyOf: Measure = {
  ofStep: ({ accuracy }) => accuracy,
  ofEpoch: {
    training: ({ trainAccuracy }) => trainAccuracy,
    validation: ({ validationAccuracy }) => validationAccuracy,
    test: ({ testAccuracy }) => testAccuracy,
  },
};

/** The curves of a run: its steps as they are and smoothed, where they are known, and its epochs.
 * @param smoothing from 0 to below 1 */
export function runLines(run: RunHistory, { ofStep, ofEpoch }: Measure, smoothing: number): Line[] {
  const { points, epochs, before } = run;
  const steps = pointsOf(points, ofStep);
  const training = steps.length > 0 ? smoothed(steps, smoothing) : pointsOf(epochs, ofEpoch.training);
  // No longer than this run, whose curves would have little room else.
  const past = before?.epochs.filter(({ epoch }) => epoch <= (run.start?.epochs ?? epoch)) ?? [];
  const set = past[0] ? judged(past[0]).set : 'test';
  return withPoints([
    { name: `${before?.title}, ${set}`, points: pointsOf(past, ofEpoch[set]), colour: '--faint', kind: 'dashed' },
    { name: 'each step', points: steps, colour: '--accent', kind: 'faint' },
    { name: 'training', points: training, colour: '--accent', kind: 'strong' },
    { name: 'validation', points: pointsOf(epochs, ofEpoch.validation), colour: '--line-2', kind: 'dots' },
    { name: 'test', points: pointsOf(epochs, ofEpoch.test), colour: '--line-1', kind: 'dots' },
  ]);
}

/** The epochs of several runs, each in its colour, on the training images and on those that it is judged by. */
export function comparedLines(runs: readonly RunHistory[], { ofEpoch }: Measure): Line[] {
  const lines = runs.flatMap(({ title, epochs }, i): Line[] => {
    const colour = `--line-${i % COLOURS}`;
    const set = epochs[0] ? judged(epochs[0]).set : 'test';
    return [
      { name: `${title}, training`, points: pointsOf(epochs, ofEpoch.training), colour, kind: 'dashed' },
      { name: `${title}, ${set}`, points: pointsOf(epochs, ofEpoch[set]), colour, kind: 'dots' },
    ];
  });
  return withPoints(lines);
}

/** The learning rate by which steps were taken. */
export const rateLines = ({ points }: RunHistory): Line[] =>
  withPoints([
    {
      name: 'learning rate',
      points: pointsOf(points, ({ learningRate }) => learningRate),
      colour: '--accent',
      kind: 'strong',
    },
  ]);

const withPoints = (lines: readonly Line[]) => lines.filter(({ points }) => points.length > 0);

/** Values by epoch, where there are any. */
function pointsOf<Item extends { readonly epoch: number }>(
  items: readonly Item[],
  value: (item: Item) => number | undefined,
): Line['points'] {
  return items.flatMap((item) => {
    const y = value(item);
    return y === undefined ? [] : [[item.epoch, y] as const];
  });
}
