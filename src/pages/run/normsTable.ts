import type { RunNorms } from '../../training/events.js';
import { numberText } from '../format.js';
import { html, type Markup } from '../markup.js';

/** A row a parameter: the norms of its weights and of its gradient, each as a bar on a logarithmic scale. */
export function normsTable({ parameters }: RunNorms): Markup {
  const bars = {
    weight: barOf(parameters.map(({ weight }) => weight)),
    gradient: barOf(parameters.map(({ gradient }) => gradient)),
  };
  const rows = parameters.map(
    ({ name, weight, gradient }) => html`<tr><th scope="row" title="${name}"><span class="clipped">${name}</span></th>
<td class="number">${numberText(weight)}</td><td class="bar">${bars.weight(weight)}</td>
<td class="number">${numberText(gradient)}</td><td class="bar">${bars.gradient(gradient)}</td></tr>
`,
  );
  return html`<div class="scroll tall" tabindex="0" role="region" aria-label="Norms by parameter"><table class="class-table norms">
<thead><tr><td></td><th scope="col" colspan="2">weights</th><th scope="col" colspan="2">gradient</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** The longest bar is the greatest value; one that is a thousand times smaller has none, and none has one beside infinity. */
function barOf(values: readonly number[]): (value: number) => Markup {
  const greatest = Math.max(...values);
  const decades = 3;
  return (value) => {
    const share = value > 0 ? Math.max(0, 1 + Math.log10(value / greatest) / decades) || 0 : 0;
    return html`<svg aria-hidden="true"><rect width="${(100 * share).toFixed(1)}%" height="100%"/></svg>`;
  };
}
