import { wilsonInterval } from './evaluationStatistics.js';
import type { EvaluationView } from './evaluationView.js';
import { percentText } from './format.js';
import { html, type Markup } from './markup.js';

/** A row a class: how many of its pictures are right, and what the others are most often taken for. */
export function classTable({ classes, confusionMatrix }: EvaluationView): Markup {
  const present = classes.map((result, label) => ({ ...result, label })).filter(({ images }) => images > 0);
  const rows = present
    .toSorted((a, b) => a.accuracy - b.accuracy || a.label - b.label)
    .map(({ name, images, accuracy, label }) => {
      const right = confusionMatrix[label][label];
      const [low, high] = wilsonInterval(right, images).map((share) => (100 * share).toFixed(1));
      const other = mostTakenFor(confusionMatrix[label], label);
      const taken = other === undefined ? '' : `${classes[other].name} (${confusionMatrix[label][other]})`;
      return html`<tr><th scope="row" title="${name}"><span class="clipped">${name}</span></th>
<td class="bar"><svg aria-hidden="true"><rect width="${(100 * accuracy).toFixed(1)}%" height="100%"/><line x1="${low}%" x2="${high}%" y1="50%" y2="50%"/></svg></td>
<td class="number">${percentText(accuracy, 1)}</td><td class="number soft">${right} of ${images}</td><td class="taken soft" title="${taken}"><span class="clipped">${taken}</span></td></tr>
`;
    });
  return html`<div class="scroll tall" tabindex="0" role="region" aria-label="Accuracy by class"><table class="class-table"><thead><tr><td></td><td></td><th scope="col" class="number">accuracy</th><th scope="col" class="number">right</th><th scope="col" class="taken">most often taken for</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** The class that most mistakes with a class's pictures name, the first of equals. */
function mostTakenFor(row: readonly number[], label: number): number | undefined {
  const mistakes = row.map((count, prediction) => (prediction === label ? 0 : count));
  const most = Math.max(...mistakes);
  return most > 0 ? mistakes.indexOf(most) : undefined;
}
