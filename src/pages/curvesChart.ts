import type { Trial } from '../search/study.js';
import { html, type Markup } from './markup.js';
import { across, drawingOrder, type Point, plot, straight, stretched, thread, trialClass, up } from './plot.js';
import { type AccuracyScale, accuracyScale, type StudyView } from './studyView.js';

/** Accuracy by epoch, a line a trial, with a mark where a trial ended before its last epoch. */
export function curvesChart(study: StudyView): Markup {
  const epochs = study.maxEpochs;
  const at = (epoch: number) => (epochs > 1 ? (epoch - 1) / (epochs - 1) : 0.5);
  const stride = Math.ceil(epochs / 10);
  const xTicks = Array.from({ length: epochs }, (_, i) => ({ at: at(i + 1), label: String(i + 1) })).filter(
    (_, i) => i % stride === 0,
  );
  const shown = study.trials.filter(({ state }) => state !== 'failed').flatMap(({ epochs }) => epochs);
  const scale = accuracyScale(shown.map(({ accuracy }) => accuracy).filter(Number.isFinite));
  const lines = drawingOrder(study.trials).map((trial) => ({ trial, points: curve(trial, at, scale) }));
  const drawn = lines.filter(({ points }) => points.length > 0);
  const paths = drawn.map(({ trial, points }) => thread(study, trial, points, straight));
  const ends = drawn
    .filter(({ trial, points }) => trial.state !== 'complete' || points.length === 1)
    .map(({ trial, points }) => {
      const [x, y] = points[points.length - 1];
      return html`<circle class="mark small ${trialClass(study, trial)}" data-trial="${trial.trial}" cx="${across(x)}" cy="${up(y)}" r="2.5"/>`;
    });
  const label = `Accuracy by epoch, from 1 to ${epochs}, a line for each of ${drawn.length} trials.`;
  return plot({ label, kind: 'curves', xTicks, yTicks: scale.ticks }, [stretched(paths), ends]);
}

const curve = (trial: Trial, at: (epoch: number) => number, scale: AccuracyScale): Point[] =>
  trial.epochs
    .filter(({ accuracy }) => Number.isFinite(accuracy))
    .map(({ epoch, accuracy }) => [at(epoch), scale.at(accuracy)]);
