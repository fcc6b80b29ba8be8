import type { RunEpoch } from '../../training/events.js';
import { durationText, percentText } from '../format.js';
import { html, type Markup } from '../markup.js';
import { bestEpoch } from './headline.js';
import type { RunHistory } from './history.js';

/** Columns: their heads, and what stands below. */
const columns: readonly (readonly [head: string, cell: (epoch: RunEpoch) => string | undefined])[] = [
  ['epoch', ({ epoch }) => String(epoch)],
  ['training loss', ({ trainLoss }) => loss(trainLoss)],
  ['accuracy', ({ trainAccuracy }) => percent(trainAccuracy)],
  ['validation loss', ({ validationLoss }) => loss(validationLoss)],
  ['accuracy', ({ validationAccuracy }) => percent(validationAccuracy)],
  ['test loss', ({ testLoss }) => loss(testLoss)],
  ['accuracy', ({ testAccuracy }) => percent(testAccuracy)],
  ['time', ({ seconds }) => durationText(seconds)],
  ['images/s', ({ imagesPerSecond }) => Math.round(imagesPerSecond).toLocaleString('en')],
];

const loss = (value: number | undefined) => (value === undefined ? undefined : value.toFixed(4));
const percent = (accuracy: number | undefined) => (accuracy === undefined ? undefined : percentText(accuracy));

/** What the curves show after each epoch, the newest first; columns without a value are left out. */
export function epochTable({ epochs, title }: RunHistory): Markup {
  const best = bestEpoch(epochs);
  const shown = columns.filter(([, cell]) => epochs.some((epoch) => cell(epoch) !== undefined));
  const rows = epochs.toReversed().map(
    (epoch) => html`<tr${epoch === best ? html` class="best"` : undefined}>${shown.map(([, cell], i) =>
      i === 0 ? html`<th scope="row">${cell(epoch)}</th>` : html`<td>${cell(epoch) ?? '–'}</td>`,
    )}</tr>
`,
  );
  return html`<div class="scroll tall" tabindex="0" role="region" aria-label="Epochs of ${title}"><table class="trials">
<thead><tr>${shown.map(([head]) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
