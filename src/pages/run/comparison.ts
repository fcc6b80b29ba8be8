import type { SettingValue } from '../../search/space.js';
import { countText, durationText, percentText, settingText } from '../format.js';
import { html, type Markup } from '../markup.js';
import { bestEpoch, judged } from './headline.js';
import type { RunHistory } from './history.js';

/** Runs side by side: how good each became, and the settings in which they differ. */
export function comparison(runs: readonly RunHistory[]): Markup {
  const settings = differingSettings(runs);
  const rows = runs.map((run, i) => {
    const best = bestEpoch(run.epochs);
    const seconds = run.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
    const values = settings.map((name) => html`<td>${optionText(optionsOf(run)[name])}</td>`);
    return html`<tr><th scope="row" class="word"><span class="line line-${i % COLOURS}"></span> ${run.title}</th>
<td>${best ? percentText(judged(best).accuracy) : '–'}</td><td>${best?.epoch ?? '–'}</td><td>${run.epochs.length}</td><td>${durationText(seconds)}</td>${values}</tr>
`;
  });
  const heads = ['best accuracy', 'in epoch', 'epochs done', 'time', ...settings].map(
    (name) => html`<th scope="col">${name}</th>`,
  );
  return html`<p class="verdict">${countText(runs.length, 'run')} side by side${settings.length === 0 ? ', with the same settings' : ''}.</p>
<div class="scroll"><table class="trials"><thead><tr><th scope="col" class="word">run</th>${heads}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** Runs beyond so many have colours again that others have. */
export const COLOURS = 6;

const optionText = (value: unknown) =>
  typeof value === 'object' ? JSON.stringify(value) : settingText(value as SettingValue | undefined);

const optionsOf = ({ start }: RunHistory) => (start?.config.options ?? {}) as Readonly<Record<string, unknown>>;

function differingSettings(runs: readonly RunHistory[]): string[] {
  const names = new Set(runs.flatMap((run) => Object.keys(optionsOf(run))));
  return [...names].filter((name) => new Set(runs.map((run) => JSON.stringify(optionsOf(run)[name]))).size > 1);
}
