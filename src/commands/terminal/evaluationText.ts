import { printable } from '../../errors.js';
import {
  type Confusions,
  frequentConfusions,
  MOST_CLASSES,
  macroAccuracy,
  wilsonInterval,
} from '../../pages/evaluationStatistics.js';
import { countText, percentText } from '../../pages/format.js';
import type { Metrics } from '../../training/metrics.js';

type Evaluated = Metrics & Confusions;

export const evaluationJson = (result: Evaluated): string =>
  `${printable(JSON.stringify({ event: 'evaluation', ...result }))}\n`;

/** A terminal's. */
const WIDTH = 80;

/** The evaluation as text: totals, accuracy by class, and who is taken for whom: a matrix or, where that
 * does not fit, a list. */
export function evaluationText(result: Evaluated): string {
  const { classes, loss, accuracy = 0 } = result;
  const images = classes.reduce((sum, { images }) => sum + images, 0);
  const [low, high] = wilsonInterval(Math.round(accuracy * images), images);
  const many = classes.length > MOST_CLASSES;
  const shown = many ? undefined : matrix(result);
  return [
    `test loss ${loss.toFixed(4)}, accuracy ${percentText(accuracy)} (95% interval ${percentText(low)} to ${percentText(high)})`,
    `mean accuracy of the classes ${percentText(macroAccuracy(classes))}, ${countText(images, 'image')}`,
    '',
    ...accuracies(result, many),
    '',
    ...(shown
      ? ['confusion matrix: a row for each true class, a column for each predicted one', ...shown]
      : listOfConfusions(result)),
    '',
  ].join('\n');
}

/** Names of one width, so that what follows is in columns. */
function columnOf(names: readonly string[]): string[] {
  const shown = names.map((name) => shortened(printable(name)));
  const widest = Math.max(...shown.map((name) => name.length));
  return shown.map((name) => name.padEnd(widest));
}

const LONGEST_NAME = 24;
const shortened = (name: string) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name);

function accuracies({ classes }: Evaluated, many: boolean): string[] {
  const present = classes.filter(({ images }) => images > 0);
  const shown = many ? present.toSorted((a, b) => a.accuracy - b.accuracy).slice(0, MOST_CLASSES) : classes;
  const names = columnOf(shown.map(({ name }) => name));
  const title = many ? `accuracy by class, the ${shown.length} lowest of ${classes.length}` : 'accuracy by class';
  return [
    title,
    ...shown.map(({ accuracy, images }, i) => {
      const value = images > 0 ? percentText(accuracy) : 'no images';
      return `  ${names[i]}  ${value.padStart(7)}`;
    }),
  ];
}

/** Columns are headed by the classes or, where that does not fit, by their numbers; undefined where neither does. */
function matrix({ classes, confusionMatrix }: Evaluated): string[] | undefined {
  const names = columnOf(classes.map(({ name }) => name));
  const numbers = names.map((_, label) => String(label));
  const numbered = names.map((name, label) => `${numbers[label].padStart(numbers[names.length - 1].length)} ${name}`);
  const ways = [
    { heads: names.map((name) => name.trimEnd()), labels: names, gap: 2 },
    { heads: numbers, labels: numbered, gap: 2 },
    { heads: numbers, labels: numbered, gap: 1 },
  ];
  return ways
    .map(({ heads, labels, gap }) => table(heads, labels, confusionMatrix, gap))
    .find((lines) => lines[0].length <= WIDTH);
}

/** Lines of one length. */
function table(
  heads: readonly string[],
  labels: readonly string[],
  rows: Evaluated['confusionMatrix'],
  gap: number,
): string[] {
  const digits = Math.max(...rows.flat().map((count) => String(count).length));
  const cell = (value: string | number, column: number) =>
    ' '.repeat(gap) + String(value).padStart(Math.max(heads[column].length, digits));
  return [
    `  ${' '.repeat(labels[0].length)}${heads.map(cell).join('')}`,
    ...rows.map((row, label) => `  ${labels[label]}${row.map(cell).join('')}`),
  ];
}

function listOfConfusions({ classes, confusionMatrix }: Evaluated): string[] {
  const pairs = frequentConfusions(confusionMatrix);
  const shown = pairs.slice(0, MOST_CLASSES);
  const names = columnOf(shown.map(({ label }) => classes[label].name));
  return [
    shown.length > 0 ? `the most frequent of ${countText(pairs.length, 'confusion')}` : 'no confusions',
    ...shown.map(
      ({ count, prediction }, i) =>
        `  ${names[i]}  taken for ${shortened(printable(classes[prediction].name))}: ${count}`,
    ),
  ];
}
