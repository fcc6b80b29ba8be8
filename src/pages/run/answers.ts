import type { RunAnswers, RunPicture, RunStart } from '../../training/events.js';
import { confusionMatrix } from '../confusionMatrix.js';
import type { Picture } from '../evaluationPictures.js';
import { classResults, MOST_CLASSES } from '../evaluationStatistics.js';
import { classesOfMatrix, type Sample } from '../evaluationView.js';
import { countText } from '../format.js';
import { confidenceText, gallery } from '../gallery.js';
import { html, type Markup } from '../markup.js';

/** So many of the surest mistakes stand by themselves. */
const MOST_EXAMPLES = 24;

/** What the page shows of an evaluation: the matrix with the mistakes of its cells, and the surest of all mistakes. */
export interface AnswersMarkup {
  readonly about: string;
  readonly matrix: Markup;
  readonly aboutMistakes: string;
  readonly mistakes: Markup;
}

type Pair = Pick<Sample, 'label' | 'prediction'>;
const isIn = (cell: Pair, sample: Pair) => cell.label === sample.label && cell.prediction === sample.prediction;

/** @param urlOf a picture as an address that a page may show */
export function answersMarkup(
  answers: RunAnswers,
  start: RunStart,
  urlOf: (image: RunPicture) => string,
): AnswersMarkup {
  const { confusionMatrix: counts, mistakes, epoch, set } = answers;
  const shownClasses = classesOfMatrix(counts);
  const view = {
    classes: classResults(counts, start.classes),
    shape: start.inputShape,
    files: undefined,
    confusionMatrix: counts,
    shownClasses,
  };
  const pictures = mistakes
    .flatMap(({ image, ...sample }): Picture[] => (image ? [{ sample, url: urlOf(image) }] : []))
    .toSorted((a, b) => b.sample.confidence - a.sample.confidence || a.sample.index - b.sample.index);
  const cells = shownClasses
    .flatMap((label) => shownClasses.map((prediction) => ({ label, prediction, count: counts[label][prediction] })))
    .filter(({ count }) => count > 0)
    .map((cell) => ({ ...cell, pictures: pictures.filter(({ sample }) => isIn(cell, sample)) }))
    .toSorted((a, b) => Number(a.label === a.prediction) - Number(b.label === b.prediction) || b.count - a.count);
  const wrong = counts.flatMap((row, label) => row.filter((_, other) => other !== label)).reduce((a, b) => a + b, 0);
  const examples = pictures.slice(0, MOST_EXAMPLES);
  const said = (sample: Sample) =>
    html`<b>${start.classes[sample.prediction]}</b><br>${confidenceText(sample)}<br><span class="soft">is</span> ${start.classes[sample.label]}`;
  const part = shownClasses.length < counts.length ? ` The ${MOST_CLASSES} classes that are confused most often.` : '';
  return {
    about: `The ${set} images after epoch ${epoch}: a row for each true class, a column for each predicted one.${part}`,
    matrix: confusionMatrix(view, { cells }),
    aboutMistakes: `${examples.length} of ${countText(wrong, 'mistake')} after epoch ${epoch}, the most probable prediction first.`,
    mistakes: gallery(view, examples, said),
  };
}
