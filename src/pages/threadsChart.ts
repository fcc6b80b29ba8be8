import type { Trial } from '../search/study.js';
import { shortened } from './format.js';
import { html, type Markup } from './markup.js';
import { across, drawingOrder, eased, type Point, stretched, thread, up } from './plot.js';
import type { Tick } from './scale.js';
import { type StudyView, score } from './studyView.js';

interface Axis {
  readonly name: string;
  readonly ticks: readonly Tick[];
  at(trial: Trial): number | undefined;
}

/** Parallel coordinates: an axis a setting, the most important one beside the accuracy, and a thread a trial. */
export function threadsChart(study: StudyView): Markup {
  const axes = [...study.parameters.toReversed().map((parameter) => settingAxis(study, parameter)), scoreAxis(study)];
  const x = (axis: number) => axis / Math.max(1, axes.length - 1);
  const threads = drawingOrder(study.trials).map((trial) => thread(study, trial, passes(trial, axes, x), eased));
  const label = `Parallel coordinates of ${study.trials.length} trials: ${axes.map(({ name }) => name).join(', ')}.`;
  return html`<div class="scroll"><div class="frame threads" style="--axes:${axes.length}">
<svg class="plot" data-eased="" role="group" aria-label="${label}">
${stretched(threads)}${axes.map((axis, i) => axisMarkup(axis, x(i), i === axes.length - 1 ? ramp(study) : undefined))}</svg></div></div>`;
}

/** Where a trial's thread meets the axes; it ends before one on which it has no place. */
function passes(trial: Trial, axes: readonly Axis[], x: (axis: number) => number): Point[] {
  const points: Point[] = [];
  for (const [i, axis] of axes.entries()) {
    const y = axis.at(trial);
    if (y === undefined) break;
    points.push([x(i), y]);
  }
  return points;
}

const scoreAxis = (study: StudyView): Axis => ({
  name: 'accuracy',
  ticks: study.accuracy.ticks,
  at: (trial) => {
    const value = score(trial);
    return value === undefined ? undefined : study.accuracy.at(value);
  },
});

/** Trials of the same choice lie beside each other by their scores, so that their threads can be told apart. */
function settingAxis(study: StudyView, { name, scale }: StudyView['parameters'][number]): Axis {
  const { band } = scale;
  const place = (trial: Trial) => {
    const value = trial.settings[name];
    if (value === undefined) return undefined;
    if (band === undefined) return scale.at(value);
    const same = byScore.filter(({ settings }) => settings[name] === value);
    const share = same.length > 1 ? same.indexOf(trial) / (same.length - 1) - 0.5 : 0;
    return scale.at(value) + share * Math.min(0.6 * band, 0.012 * same.length);
  };
  const byScore = study.trials.toSorted((a, b) => (score(a) ?? 0) - (score(b) ?? 0));
  return { name, ticks: scale.ticks, at: place };
}

/** The colours of the scores, which the last axis explains. */
function ramp({ accuracy, shades }: StudyView): Markup[] {
  const at = (shade: number) => accuracy.at(shades.low + (shade / 10) * (shades.high - shades.low));
  return Array.from({ length: shades.high > shades.low ? 10 : 0 }, (_, shade) => {
    const height = across(at(shade + 1) - at(shade) + 0.002);
    return html`<rect class="ramp q${shade}" x="100%" y="${up(at(shade + 1))}" width="6" height="${height}" transform="translate(-3 0)"/>`;
  });
}

function axisMarkup({ name, ticks }: Axis, x: number, colours: Markup[] = []): Markup {
  return html`<g class="axis" data-name="${name}">
<text class="name" x="${across(x)}" y="0%" dy="-16" text-anchor="middle">${shortened(name, 14)}</text>
<line x1="${across(x)}" x2="${across(x)}" y1="0%" y2="100%"/>${colours}
${ticks.map(({ at, label }) => html`<text class="tick" x="${across(x)}" y="${up(at)}" dx="8" dy="0.32em">${shortened(label, 12)}</text>`)}
<rect class="grip" x="${across(x)}" y="0%" width="36" height="100%" transform="translate(-18 0)"/></g>`;
}
