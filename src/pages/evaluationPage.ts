import { calibrationChart } from './calibrationChart.js';
import { classTable } from './classTable.js';
import { confusionMatrix } from './confusionMatrix.js';
import { document, section } from './document.js';
import script from './evaluation.script.txt';
import { evaluationHeadline } from './evaluationHeadline.js';
import { MOST_IN_CELL, type Pictures, picturesOf } from './evaluationPictures.js';
import { type EvaluationPageData, type EvaluationView, isRight, type Sample, viewOf } from './evaluationView.js';
import { countText, percentText } from './format.js';
import { confidenceText, gallery } from './gallery.js';
import { type Content, html } from './markup.js';
import evaluation from './style/evaluation.css';
import media from './style/media.css';
import page from './style/page.css';
import palette from './style/palette.css';
import plots from './style/plots.css';

/** What a model makes of labelled pictures as one HTML file that loads nothing. Without its script it shows the same; with it
 * the arrow keys go from cell to cell. It is smaller than 10 MB: at most 24 pictures of a cell of the matrix are in it, and
 * 7 MB of pictures in all. The same data give the same bytes. */
export function evaluationPage(data: EvaluationPageData): string {
  const view = viewOf(data);
  const pictures = picturesOf(view);
  const head = { title: data.title, styles: [palette, page, plots, evaluation, media], script };
  return document(
    head,
    html`<main class="evaluation">
${evaluationHeadline(view)}
${section('confusions-part', 'Confusions', confusionsText(view), confusionMatrix(view, pictures))}
${section('classes-part', 'Accuracy by class', classesText(view), classTable(view))}
${section('calibration-part', 'Calibration', calibrationText(view), calibrationChart(view.calibration))}
${examples(view, pictures)}
<footer>${footer(view, pictures)}</footer>
</main>`,
  );
}

function confusionsText({ shownClasses, classes }: EvaluationView): Content {
  const rows = 'A row for each true class, a column for each predicted one.';
  if (shownClasses.length === classes.length) return `${rows} A cell shows its pictures.`;
  return `The ${shownClasses.length} classes of ${classes.length.toLocaleString('en')} that are confused most often. ${rows}`;
}

function classesText({ classes }: EvaluationView): Content {
  const absent = classes.filter(({ images }) => images === 0).length;
  const without = absent > 0 ? ` ${countText(absent, 'class has', 'classes have')} no pictures here.` : '';
  return `The lowest first; the thin line is the 95% interval.${without}`;
}

const calibrationText = ({ calibration }: EvaluationView): Content => [
  'Of predictions with a probability of 80%, say, 80% should be right. ',
  html`Expected calibration error: <strong>${percentText(calibration.error)}</strong>.`,
];

function examples(view: EvaluationView, { examples }: Pictures): Content {
  const { length } = view.mistakes;
  const [title, text] =
    length > 0
      ? [
          'The surest mistakes',
          `${examples.length} of ${countText(length, 'mistake')}, the most probable prediction first.`,
        ]
      : ['Not one mistake', `These ${examples.length} were right and the least sure.`];
  const said = (sample: Sample): Content => {
    const { name } = view.classes[sample.prediction];
    const own = isRight(sample) ? '' : html`<br><span class="soft">is</span> ${view.classes[sample.label].name}`;
    return html`<b>${name}</b><br>${confidenceText(sample)}${own}`;
  };
  return section('examples-part', title, text, gallery(view, examples, said));
}

function footer({ samples, shape }: EvaluationView, { cells }: Pictures): string {
  const embedded = cells.reduce((sum, { pictures }) => sum + pictures.length, 0);
  return (
    `The pictures are ${shape[2]}×${shape[1]} pixels, as the network gets them. ${embedded.toLocaleString('en')} of ` +
    `${countText(samples.length, 'picture')} are in this file, at most ${MOST_IN_CELL} of a cell.`
  );
}
