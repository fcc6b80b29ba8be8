import { percentText } from './format.js';
import { html, type Markup } from './markup.js';
import type { StudyView } from './studyView.js';

/** A bar a setting, as long as its share in the differences between scores. */
export function importanceChart({ parameters }: StudyView): Markup | undefined {
  if (parameters.every(({ importance }) => importance === 0)) return undefined;
  const longest = Math.max(...parameters.map(({ importance }) => importance));
  const rows = parameters.map(
    ({ name, importance }) => html`<tr><th scope="row">${name}</th>
<td class="bar"><svg aria-hidden="true"><rect width="${(100 * importance) / longest}%" height="100%"/></svg></td>
<td class="number">${percentText(importance, importance < 0.0995 ? 1 : 0)}</td></tr>`,
  );
  return html`<table class="importance"><caption>Importance</caption><tbody>${rows}</tbody></table>`;
}
