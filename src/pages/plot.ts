import type { Trial } from '../search/study.js';
import { type Content, html, type Markup } from './markup.js';
import type { Tick } from './scale.js';
import { type StudyView, score } from './studyView.js';

// A plot stretches with the page, and its text and marks do not: they stand at percentages of an SVG without a viewBox,
// and lines are drawn in one inside it whose viewBox is 100 by 100. Positions are from 0 to 1, from the left and from the foot.

/** x and y. */
export type Point = readonly [number, number];

const rounded = (value: number) => Number(value.toFixed(2));
export const across = (x: number): string => `${rounded(100 * x)}%`;
export const up = (y: number): string => `${rounded(100 * (1 - y))}%`;

export const stretched = (paths: Content): Markup =>
  html`<svg viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible">${paths}</svg>`;

/** A path's commands: straight through the points. */
export const straight = (points: readonly Point[]): string =>
  points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${rounded(100 * x)} ${rounded(100 * (1 - y))}`).join('');

/** Level at every point, and between two of them the polynomial 3t² - 2t³, which the page's script knows as well. */
export function eased(points: readonly Point[]): string {
  const bends = points.slice(1).map(([x, y], i) => {
    const [x0, y0] = points[i];
    const third = (x - x0) / 3;
    const controls = [x0 + third, 1 - y0, x - third, 1 - y, x, 1 - y];
    return `C${controls.map((value) => rounded(100 * value)).join(' ')}`;
  });
  return straight(points.slice(0, 1)) + bends.join('');
}

interface PlotOptions {
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly kind: string;
  readonly xTicks?: readonly Tick[];
  readonly yTicks?: readonly Tick[];
}

export function plot({ label, kind, xTicks = [], yTicks = [] }: PlotOptions, content: Content): Markup {
  const levels = yTicks.map(
    ({ at, label }) => html`<line class="level" x1="0%" x2="100%" y1="${up(at)}" y2="${up(at)}"/>
<text class="tick" x="0%" y="${up(at)}" dx="-8" dy="0.32em" text-anchor="end">${label}</text>`,
  );
  const below = xTicks.map(
    ({ at, label }) => html`<text class="tick" x="${across(at)}" y="100%" dy="20" text-anchor="middle">${label}</text>`,
  );
  return html`<div class="frame ${kind}"><svg class="plot" role="img" aria-label="${label}">
${levels}${below}${content}</svg></div>`;
}

/** The classes that colour whatever stands for a trial. */
export function trialClass(study: StudyView, trial: Trial): string {
  const shade = study.shade(trial);
  return `${trial.state}${shade === undefined ? '' : ` q${shade}`}${trial === study.best ? ' best' : ''}`;
}

/** A trial where its score puts it: a disc, a ring while it runs or where it was stopped, a cross at the foot if it failed,
 * and a triangle at the foot for a score below the axis. */
export function mark(study: StudyView, trial: Trial, x: number): Markup {
  const value = score(trial);
  const y = value === undefined ? 0 : study.accuracy.at(value);
  const below = value !== undefined && value < study.accuracy.low;
  const attributes = html`class="mark ${below ? 'below ' : ''}${trialClass(study, trial)}" data-trial="${trial.trial}"`;
  if (below || value === undefined)
    return html`<use href="#${below ? 'below' : 'failed'}" ${attributes} x="${across(x)}" y="${up(y)}"/>`;
  const radius = (trial.state === 'complete' ? 4.5 : 3.25) * (study.trials.length > 100 ? 0.75 : 1);
  return html`<circle ${attributes} cx="${across(x)}" cy="${up(y)}" r="${radius}"/>`;
}

/** A trial's line, with the points that the page's script looks for when it is pointed at. */
export function thread(study: StudyView, trial: Trial, points: readonly Point[], path: typeof straight): Markup {
  const positions = points.map((point) => point.map((value) => value.toFixed(4)).join()).join(' ');
  const original = trial === study.original ? ' baseline' : '';
  return html`<path class="thread ${trialClass(study, trial)}${original}" data-trial="${trial.trial}" data-points="${positions}" d="${path(points)}"/>`;
}

/** A mark as the plots have it, in a line of text. */
export const symbol = (shape: Trial['state'] | 'below', classes: string): Markup =>
  html`<svg class="symbol" viewBox="-6 -6 12 12" aria-hidden="true">${
    shape === 'failed' || shape === 'below'
      ? html`<use href="#${shape}" class="mark ${classes}"/>`
      : html`<circle class="mark ${classes}" r="${shape === 'complete' ? 4.5 : 3.5}"/>`
  }</svg>`;

/** Trials that matter more come later, so that they lie on top. */
export const drawingOrder = (trials: readonly Trial[]): Trial[] => {
  const rank = ({ state }: Trial) => ['failed', 'pruned', 'running', 'complete'].indexOf(state);
  return trials.toSorted((a, b) => rank(a) - rank(b) || (score(a) ?? 0) - (score(b) ?? 0));
};
