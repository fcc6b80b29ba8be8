import type { SettingValue } from '../search/space.js';
import type { Trial } from '../search/study.js';
import { durationText, percentText, settingText, shortened } from './format.js';
import { type Content, html, type Markup } from './markup.js';
import { symbol, trialClass } from './plot.js';
import { type StudyView, score } from './studyView.js';

interface Column {
  readonly name: string;
  readonly kind: string;
  /** What rows are sorted by. */
  value(trial: Trial): SettingValue | undefined;
  cell(trial: Trial): Content;
}

const seconds = ({ epochs }: Trial) => epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);

const columnsOf = (study: StudyView): Column[] => [
  { name: 'trial', kind: 'number', value: ({ trial }) => trial, cell: ({ trial }) => trial },
  { name: 'accuracy', kind: 'number', value: score, cell: (trial) => percentText(score(trial)) },
  {
    name: 'state',
    kind: 'word',
    value: ({ state }) => state,
    cell: (trial) => {
      const reason = trial.reason && `: ${shortened(trial.reason, 80)}`;
      return html`${symbol(trial.state, trialClass(study, trial))} ${trial.state}${reason}`;
    },
  },
  { name: 'epochs', kind: 'number', value: ({ epochs }) => epochs.length, cell: ({ epochs }) => epochs.length },
  { name: 'time', kind: 'number', value: seconds, cell: (trial) => durationText(seconds(trial)) },
  ...study.parameters.map(({ name }) => ({
    name,
    kind: study.trials.every(({ settings }) => typeof (settings[name] ?? 0) === 'number') ? 'number' : 'word',
    value: ({ settings }: Trial) => settings[name],
    cell: ({ settings }: Trial) => settingText(settings[name]),
  })),
];

/** The epochs that a trial was trained for; one that failed comes last. */
const epochsOf = ({ state, epochs }: Trial) => (state === 'failed' ? -1 : epochs.length);

/** All trials, the best first, those that were stopped early behind the others; the page's script sorts it by other columns and takes the words for its tooltip from it. */
export function trialTable(study: StudyView): Markup {
  const columns = columnsOf(study);
  const heads = columns.map(
    ({ name, kind }) =>
      html`<th scope="col" class="${kind}"${name === 'accuracy' ? html` aria-sort="descending"` : undefined}><button type="button">${name}</button></th>`,
  );
  const rows = study.trials
    .toSorted((a, b) => epochsOf(b) - epochsOf(a) || (score(b) ?? -1) - (score(a) ?? -1) || a.trial - b.trial)
    .map((trial) => {
      const cells = columns.map(
        ({ kind, value, cell }) =>
          html`<td class="${kind}" data-value="${String(value(trial) ?? '')}">${cell(trial)}</td>`,
      );
      return html`<tr class="${trialClass(study, trial)}" data-trial="${trial.trial}" tabindex="0">${cells}</tr>`;
    });
  return html`<div class="scroll"><table class="trials"><thead><tr>${heads}</tr></thead><tbody>
${rows}
</tbody></table></div>`;
}
