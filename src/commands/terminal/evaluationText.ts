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

/** The evaluation as text: totals, accuracy by class, and who is taken for whom: a matrix or, of many classes, a list. */
export function evaluationText(result: Evaluated): string {
  const { classes, loss, accuracy = 0 } = result;
  const images = classes.reduce((sum, { images }) => sum + images, 0);
  const [low, high] = wilsonInterval(Math.round(accuracy * images), images);
  const many = classes.length > MOST_CLASSES;
  return [
    `test loss ${loss.toFixed(4)}, accuracy ${percentText(accuracy)} (95% interval ${percentText(low)} to ${percentText(high)})`,
    `mean accuracy of the classes ${percentText(macroAccuracy(classes))}, ${countText(images, 'image')}`,
    '',
    ...accuracies(result, many),
    '',
    ...(many ? listOfConfusions(result) : matrix(result)),
    '',
  ].join('\n');
}

/** Names of one width, so that what follows is in columns. */
function columnOf(names: readonly string[]): string[] {
  const shown = names.map((name) => shortened(printable(name)));
  const widest = Math.max(...shown.map((name) => name.length));
  return shown.map((name) => name.padEnd(widest));
}

const LONGEST_NAME = 30;
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

/** A column is headed by its class or, where the names do not fit, by the class's number. */
function matrix({ classes, confusionMatrix }: Evaluated): string[] {
  const names = classes.map(({ name }) => shortened(printable(name)));
  const digits = Math.max(...confusionMatrix.flat().map((count) => String(count).length));
  const widthOf = (heads: readonly string[], labels: readonly string[]) =>
    heads.reduce((sum, head) => sum + 2 + Math.max(head.length, digits), 2 + labels[0].length);
  const numbers = names.map((_, label) => String(label));
  const numbered = columnOf(
    names.map((name, label) => `${String(label).padStart(numbers[numbers.length - 1].length)} ${name}`),
  );
  const [heads, labels] = widthOf(names, columnOf(names)) <= WIDTH ? [names, columnOf(names)] : [numbers, numbered];
  const line = (label: string, cells: readonly (string | number)[]) =>
    `  ${label}${cells.map((cell, i) => `  ${String(cell).padStart(Math.max(heads[i].length, digits))}`).join('')}`;
  return [
    'confusion matrix: a row for each true class, a column for each predicted one',
    line(' '.repeat(labels[0].length), heads),
    ...confusionMatrix.map((row, label) => line(labels[label], row)),
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
