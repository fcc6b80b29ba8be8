import type { Trial } from '../search/study.js';
import { durationText, percentText, settingText } from './format.js';
import { type Content, html, type Markup } from './markup.js';
import { ofState, type StudyView, score } from './studyView.js';

/** What the study found, and how to train with it. */
export function headline(study: StudyView): Markup {
  return html`<header>
<p class="kicker">Hyper-parameter study</p>
<h1>${study.title}</h1>
${study.best ? result(study, study.best) : [html`<p class="verdict">${absence(study)}</p>`, statistics(study)]}
</header>`;
}

function absence({ trials }: StudyView): string {
  if (trials.length === 0) return 'No trial has started yet.';
  const running = ofState(trials, 'running').length;
  return `No trial is complete${running > 0 ? ' yet' : ''}: ${stateCounts(trials)}.`;
}

function stateCounts(trials: readonly Trial[]): string {
  const states = ['complete', 'pruned', 'failed', 'running'] as const;
  const counts = states.map((state) => [ofState(trials, state).length, state] as const);
  return counts.flatMap(([count, state]) => (count > 0 ? `${count} ${state}` : [])).join(', ');
}

function result(study: StudyView, best: Trial): Markup {
  return html`<div class="result">
<div><p class="figure">${percentText(score(best) ?? 0)}</p>
<p class="verdict">validation accuracy in trial ${best.trial}, ${rank(study)}${comparison(study, best)}.</p>
${statistics(study)}</div>
<div class="recipe">
<div class="file"><p><span>best.json</span>${copyButton('settings')}</p><pre><code>${settingsMarkup(study, best)}</code></pre></div>
<div class="file"><p><span>Train with it</span>${copyButton('command')}</p><pre><code>${study.command}</code></pre></div>
</div></div>`;
}

function rank({ trials }: StudyView): string {
  const complete = ofState(trials, 'complete').length;
  return complete === 1 ? 'the only complete one' : `the best of ${complete} complete ones`;
}

function comparison({ original }: StudyView, best: Trial): Content {
  const [before, after] = [original && score(original), score(best)];
  if (original === undefined || before === undefined || after === undefined) return undefined;
  if (original === best) return html`, with the original settings`;
  const points = 100 * (after - before);
  const distance = html`<strong>${Math.abs(points).toFixed(2)} points</strong> ${points < 0 ? 'below' : 'above'}`;
  return html`: ${distance} the original settings’ ${percentText(before)} (trial ${original.trial})`;
}

const copyButton = (what: string) =>
  html`<button type="button" class="copy" aria-label="Copy the ${what}">Copy</button>`;

/** JSON, a line a setting; what the original had stands beside it as an attribute, so that copying leaves it behind. */
function settingsMarkup({ original }: StudyView, { settings }: Trial): Markup {
  const entries = Object.entries(settings);
  const lines = entries.map(([name, value], i) => {
    const before = original?.settings[name];
    const note = before === undefined || before === value ? undefined : html` data-note="was ${settingText(before)}"`;
    return html`<span${note}>  ${JSON.stringify(name)}: <b>${JSON.stringify(value)}</b>${i < entries.length - 1 ? ',' : ''}</span>
`;
  });
  return html`{
${lines}}`;
}

function statistics({ trials, maxEpochs, sampler, seed, created }: StudyView): Markup {
  const epochs = trials.flatMap((trial) => trial.epochs);
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const mean = epochs.length > 0 ? `${durationText(seconds / epochs.length)} an epoch` : undefined;
  const facts = [
    ['trials', trials.length, stateCounts(trials)],
    ['epochs trained', epochs.length, `of ${trials.length * maxEpochs} at most, ${maxEpochs} a trial`],
    ['training time', durationText(seconds), mean],
    ['sampler', sampler, `seed ${seed}, ${created}`],
  ] as const;
  return html`<dl class="facts">${facts.map(
    ([name, value, note]) => html`<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`,
  )}</dl>`;
}
