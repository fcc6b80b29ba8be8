import { formatShape } from '../../tensor/shape.js';
import type { RunAnswers, RunFilters } from '../../training/events.js';
import { numberText, percentText } from '../format.js';
import { type Content, html, type Markup } from '../markup.js';
import { answersMarkup } from '../run/answers.js';
import { comparison } from '../run/comparison.js';
import { epochTable } from '../run/epochTable.js';
import { headline } from '../run/headline.js';
import type { RunHistory } from '../run/history.js';
import { normsTable } from '../run/normsTable.js';
import { chooseCells, chosenCell } from './cells.js';
import { Curves } from './curves.js';
import { filterPictures, pictureUrl } from './pictures.js';
import { accuracyOf, comparedLines, lossOf, rateLines, runLines } from './runLines.js';

const byId = (id: string) => document.getElementById(id) as HTMLElement;
export const smoothing = byId('smoothing') as HTMLInputElement;

const charts = {
  accuracy: new Curves(contentOf('accuracy'), (value, step = 0) => percentText(value, step < 0.01 ? 1 : 0), 'Accuracy'),
  loss: new Curves(contentOf('loss'), numberText, 'Loss'),
  rate: new Curves(contentOf('rate'), numberText, 'Learning rate'),
};

/** What is on the page already, which only another event changes. */
const drawn: { filters?: RunFilters; answers?: RunAnswers } = {};

/** Brings the page up to what is known of the runs: one that goes on, or several that are done. */
export function showRuns(runs: readonly RunHistory[]): void {
  const [run] = runs;
  if (run === undefined) return;
  document.body.classList.toggle('compared', runs.length > 1);
  fill(byId('headline'), runs.length > 1 ? comparison(runs) : headline(run));
  showCurves(runs);
  const tables = runs.filter(({ epochs }) => epochs.length > 0);
  show(
    'epochs',
    tables.length > 0,
    tables.map((each) => html`${runs.length > 1 ? html`<h3>${each.title}</h3>` : undefined}${epochTable(each)}`),
  );
  if (runs.length === 1) showNetwork(run);
}

/** The parts that of several runs there is no room for. */
function showNetwork(run: RunHistory): void {
  const { norms, filters, answers, start } = run;
  show(
    'norms',
    norms !== undefined,
    norms && normsTable(norms),
    `Euclidean norms of each parameter and of its gradient after step ${norms?.stepsDone.toLocaleString('en')}; bars are logarithmic, over three powers of ten.`,
  );
  if (filters && filters !== drawn.filters) showFilters(filters);
  const newest = answers.test ?? answers.validation;
  if (newest && start && newest !== drawn.answers) showAnswers(newest, run);
  const settings = JSON.stringify(start?.config.options, undefined, 2);
  show('about', start !== undefined, html`<pre tabindex="0">${[...(start?.about ?? []), settings].join('\n\n')}</pre>`);
}

function showCurves(runs: readonly RunHistory[]): void {
  const [run] = runs;
  (smoothing.parentElement as HTMLElement).hidden = run.points.length < 2;
  const linesOf = (measure: typeof lossOf) =>
    runs.length > 1 ? comparedLines(runs, measure) : runLines(run, measure, Number(smoothing.value));
  const lines = { accuracy: linesOf(accuracyOf), loss: linesOf(lossOf), rate: rateLines(run) };
  for (const name of ['accuracy', 'loss', 'rate'] as const) {
    const isShown = lines[name].length > 0;
    byId(name).hidden = !isShown;
    if (isShown) charts[name].show(lines[name]);
  }
}

function showFilters(filters: RunFilters): void {
  drawn.filters = filters;
  const { name, shape } = filters;
  const pictures = filterPictures(filters);
  const list = document.createElement('div');
  list.className = 'filters';
  list.role = 'img';
  list.ariaLabel = `${pictures.length} filters of ${name}`;
  list.append(...pictures);
  contentOf('filters').replaceChildren(list);
  byId('filters').hidden = false;
  aboutOf('filters').textContent = `${name}, ${formatShape(shape)}: grey is 0, each filter by its own largest weight.`;
}

function showAnswers(answers: RunAnswers, { start }: RunHistory): void {
  if (!start) return;
  drawn.answers = answers;
  const before = chosenCell();
  const wasFocused = before !== undefined && before === document.activeElement;
  const markup = answersMarkup(answers, start, pictureUrl);
  show('confusions', true, markup.matrix, markup.about);
  show('mistakes', answers.mistakes.length > 0, markup.mistakes, markup.aboutMistakes);
  chooseCells(before?.hash);
  if (wasFocused) chosenCell()?.focus();
}

function show(id: string, isShown: boolean, content: Content, about = ''): void {
  byId(id).hidden = !isShown;
  if (!isShown) return;
  aboutOf(id).textContent = about;
  fill(contentOf(id), html`${content}`);
}

/** What places show, so that what stays is not drawn again, and can be selected. */
const shown = new WeakMap<HTMLElement, string>();

function fill(place: HTMLElement, { text }: Markup): void {
  if (shown.get(place) === text) return;
  shown.set(place, text);
  place.innerHTML = text;
}

function contentOf(id: string): HTMLElement {
  return document.querySelector(`#${id} .content`) as HTMLElement;
}

function aboutOf(id: string): HTMLElement {
  return document.querySelector(`#${id} > p`) as HTMLElement;
}
