import { curvesChart } from './curvesChart.js';
import { document, section } from './document.js';
import { settingText } from './format.js';
import { headline } from './headline.js';
import { historyChart } from './historyChart.js';
import { importanceChart } from './importanceChart.js';
import { type Content, html, type Markup } from './markup.js';
import { symbol } from './plot.js';
import { slicesChart } from './slicesChart.js';
import script from './study.script.txt';
import { ofState, type StudyPageData, type StudyView, score, viewOf } from './studyView.js';
import media from './style/media.css';
import page from './style/page.css';
import palette from './style/palette.css';
import plots from './style/plots.css';
import { threadsChart } from './threadsChart.js';
import { trialTable } from './trialTable.js';

/** A hyper-parameter study as one HTML file that loads nothing: its plots are SVG, and a script adds pointing, brushing,
 * sorting and copying. The same data give the same bytes. */
export function studyPage(data: StudyPageData): string {
  const all = viewOf(data);
  const head = { title: data.title, styles: [palette, page, plots, media], script };
  return document(
    head,
    html`${symbols}
<main style="--opacity:${threadOpacity(all)}">
${headline(all)}
${all.trials.length > 0 ? sections(all) : undefined}
</main>
<div class="tooltip" aria-hidden="true" hidden></div>`,
  );
}

/** The more threads there are, the fainter each is. */
const threadOpacity = ({ trials }: StudyView) => Math.min(0.8, 5 / Math.sqrt(trials.length)).toFixed(2);

const symbols = html`<svg class="definitions" aria-hidden="true"><defs>
<path id="failed" d="M-3.5-3.5 3.5 3.5M3.5-3.5-3.5 3.5"/><path id="below" d="M-4-3H4L0 4Z"/>
</defs></svg>`;

function sections(study: StudyView): Markup[] {
  const pruned = ofState(study.trials, 'pruned').length;
  const threads = [
    'Each thread is a trial; it crosses each axis at that setting’s value and ends at its accuracy.',
    html`<span class="hint"> Drag along axes to keep the trials that pass there.</span>`,
  ];
  const selection = html`<p class="selection" hidden><span role="status"></span> <button type="button">Show all</button></p>`;
  const parts = [
    section(
      'history-part',
      'Trials over time',
      [`Validation accuracy by trial${study.best ? ', the best so far as a line' : ''}. `, legend(study)],
      historyChart(study),
    ),
    section(
      'curves-part',
      'Learning curves',
      `Accuracy by epoch${pruned > 0 ? '; rings end what was pruned' : ''}.`,
      curvesChart(study),
    ),
  ];
  if (study.parameters.length > 0)
    parts.push(
      section('threads-part', 'All settings together', threads, [selection, threadsChart(study)]),
      section('slices-part', 'What matters', 'How much each setting matters by itself, and accuracy against each.', [
        html`<div class="matters">${importanceChart(study)}${slicesChart(study)}</div>`,
      ]),
    );
  return [...parts, section('table-part', 'All trials', constants(study), trialTable(study))];
}

/** Explains the marks that there are. */
function legend({ trials, accuracy }: StudyView): Content {
  const states = (['complete', 'pruned', 'running', 'failed'] as const).filter(
    (state) => ofState(trials, state).length,
  );
  const key = (shape: Markup, name: string) => html`<span class="key">${shape} ${name}</span>`;
  return [
    states.map((state) => key(symbol(state, state === 'complete' ? 'q6' : state), state)),
    trials.some((trial) => (score(trial) ?? 1) < accuracy.low) ? key(symbol('below', 'below'), 'further below') : '',
  ];
}

function constants({ constants }: StudyView): Content {
  if (constants.length === 0) return 'The best first.';
  const list = constants.map(
    ([name, value], i) => html`${i > 0 ? ', ' : ''}<code>${name} ${settingText(value)}</code>`,
  );
  return ['The best first. The same in all: ', list, '.'];
}
