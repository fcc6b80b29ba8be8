import { percentText } from './format.js';
import { html, type Markup } from './markup.js';
import { across, drawingOrder, mark, plot, stretched, up } from './plot.js';
import { roundNumbers } from './scale.js';
import { records, type StudyView, score } from './studyView.js';

/** Every trial's score in the order in which they started, and the best so far as a line. */
export function historyChart(study: StudyView): Markup {
  const numbers = study.trials.map(({ trial }) => trial);
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)];
  const at = (trial: number) => (trial - first + 0.5) / (last - first + 1);
  const whole = roundNumbers(first, last, 8).filter(Number.isInteger);
  const found = records(study.trials);
  const line = found.map(({ trial, accuracy }, i) => {
    const [x, y] = [100 * at(trial), 100 * (1 - study.accuracy.at(accuracy))].map((value) => value.toFixed(2));
    return i === 0 ? `M${x} ${y}` : `H${x}V${y}`;
  });
  const label =
    found.length === 0
      ? 'Accuracy by trial; none is complete.'
      : `Accuracy by trial. The best so far goes from ${percentText(found[0].accuracy)} in trial ${found[0].trial} to ` +
        `${percentText(found[found.length - 1].accuracy)} in trial ${found[found.length - 1].trial}.`;
  const xTicks = whole.map((trial) => ({ at: at(trial), label: String(trial) }));
  return plot({ label, kind: 'history', xTicks, yTicks: study.accuracy.ticks }, [
    originalLine(study),
    found.length === 0 ? undefined : stretched(html`<path class="record" d="${line.join('')}H100"/>`),
    drawingOrder(study.trials).map((trial) => mark(study, trial, at(trial.trial))),
    study.best && bestLabel(study, study.best.trial, at(study.best.trial)),
  ]);
}

function originalLine(study: StudyView): Markup | undefined {
  const accuracy = study.original && score(study.original);
  if (accuracy === undefined || study.original === study.best) return undefined;
  const y = up(study.accuracy.at(accuracy));
  return html`<line class="original" x1="0%" x2="100%" y1="${y}" y2="${y}"/>
<text class="note" x="100%" y="${y}" dy="-6" text-anchor="end">original settings ${percentText(accuracy)}</text>`;
}

function bestLabel(study: StudyView, trial: number, x: number): Markup {
  const y = up(study.accuracy.at(study.best?.accuracy ?? 0));
  const anchor = x < 0.15 ? 'start' : x > 0.85 ? 'end' : 'middle';
  return html`<text class="note strong" x="${across(x)}" y="${y}" dy="-11" text-anchor="${anchor}">trial ${trial}</text>`;
}
