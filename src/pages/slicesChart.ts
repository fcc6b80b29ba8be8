import type { Trial } from '../search/study.js';
import { shortened } from './format.js';
import { html, type Markup } from './markup.js';
import { across, drawingOrder, mark, plot } from './plot.js';
import type { Parameter, StudyView } from './studyView.js';

/** Score against each setting that varies, the most important first. */
export const slicesChart = (study: StudyView): Markup =>
  html`<div class="slices">${study.parameters.map((parameter) => slice(study, parameter))}</div>`;

/** The golden ratio's multiples spread any number of trials evenly. */
const spread = (count: number) => ((count * 0.618034 + 0.5) % 1) - 0.5;

function slice(study: StudyView, { name, scale }: Parameter): Markup {
  const ticks = study.accuracy.ticks.filter((_, i, { length }) => length < 5 || i % 2 === length % 2);
  const at = ({ trial, settings }: Trial) =>
    scale.at(settings[name]) + (scale.band === undefined ? 0 : 0.6 * scale.band * spread(trial));
  const shown = drawingOrder(study.trials).filter(({ settings }) => settings[name] !== undefined);
  const original = study.original?.settings[name];
  const place = original === undefined ? undefined : across(scale.at(original));
  return html`<figure><figcaption>${name}</figcaption>
${plot({ label: `Accuracy against ${name}.`, kind: 'slice', xTicks: thinned(scale.ticks), yTicks: ticks }, [
  place && html`<line class="original" x1="${place}" x2="${place}" y1="0%" y2="100%"/>`,
  shown.map((trial) => mark(study, trial, at(trial))),
])}</figure>`;
}

/** Keeps as many ticks as have room beside each other. */
function thinned(ticks: Parameter['scale']['ticks']) {
  const short = ticks.map(({ at, label }) => ({ at, label: shortened(label, 14) }));
  const widest = Math.max(...short.map(({ label }) => label.length));
  const stride = Math.ceil((ticks.length * (widest + 2)) / 34);
  return short.filter((_, i) => i % stride === 0);
}
