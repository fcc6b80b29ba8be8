import type { Pictures } from './evaluationPictures.js';
import { cellName, type EvaluationView, isRight } from './evaluationView.js';
import { countText } from './format.js';
import { confidenceText, type GalleryView, gallery } from './gallery.js';
import { html, type Markup } from './markup.js';

type Cells = Pictures['cells'];
type MatrixView = GalleryView & Pick<EvaluationView, 'confusionMatrix' | 'shownClasses'>;

/** The matrix, and beside it the pictures of the cell that is chosen: the fullest to begin with. */
export function confusionMatrix(view: MatrixView, { cells }: Pick<Pictures, 'cells'>): Markup {
  const panels = cells.map((cell, i) => {
    const { count, pictures } = cell;
    const isPart = pictures.length > 0 && pictures.length < count;
    const part = isPart ? `, here the ${pictures.length} ${isRight(cell) ? 'least sure' : 'surest'}` : '';
    return html`<section id="${cellName(cell)}" class="cell-pictures${i === 0 ? ' chosen' : ''}" tabindex="-1">
<h3>${pairText(view, cell)}</h3><p>${countText(count, 'picture')}${part}</p>
${gallery(view, pictures, confidenceText)}</section>
`;
  });
  return html`<div class="confusions"><div class="scroll">${matrix(view, cells)}</div>
<div class="panels">${panels}</div></div>`;
}

function pairText({ classes }: MatrixView, cell: Cells[number]): string {
  const [own, predicted] = [classes[cell.label].name, classes[cell.prediction].name];
  return isRight(cell) ? `${own}, named rightly` : `${own}, taken for ${predicted}`;
}

function matrix(view: MatrixView, cells: Cells): Markup {
  const { shownClasses, classes, confusionMatrix } = view;
  const byName = new Map(cells.map((cell) => [cellName(cell), cell]));
  const isPart = shownClasses.length < classes.length;
  const rows = shownClasses.map((label) => {
    const { name, images } = classes[label];
    const entries = shownClasses.map((prediction) => {
      const cell = byName.get(cellName({ label, prediction }));
      return cell ? entry(view, cell, images) : html`<td></td>`;
    });
    const shown = shownClasses.reduce((sum, prediction) => sum + confusionMatrix[label][prediction], 0);
    const others = isPart ? html`<td class="others">${images - shown || ''}</td>` : undefined;
    return html`<tr><th scope="row" title="${name}"><span class="clipped">${name}</span></th>${entries}${others}</tr>
`;
  });
  const heads = shownClasses.map(
    (label) =>
      html`<th scope="col" title="${classes[label].name}"><span class="clipped">${classes[label].name}</span></th>`,
  );
  return html`<table class="matrix" style="--classes:${shownClasses.length}">
<thead><tr><td></td>${heads}${isPart ? html`<th scope="col"><span class="clipped">other classes</span></th>` : undefined}</tr></thead>
<tbody>${rows}</tbody></table>`;
}

/** The deeper its colour, the larger its share of the row. */
function entry(view: MatrixView, cell: Cells[number], images: number): Markup {
  const kind = isRight(cell) ? 'right' : 'wrong';
  const label = `${countText(cell.count, 'picture')}: ${pairText(view, cell)}`;
  return html`<td class="${kind}" style="--share:${(cell.count / images).toFixed(3)}"><a href="#${cellName(cell)}" aria-label="${label}">${cell.count}</a></td>`;
}
