import { printable } from '../../errors.js';
import { percentText } from '../../pages/format.js';
import type { Metrics } from '../../training/metrics.js';

/** confusionMatrix[label][prediction]: how many images of a class were taken for which; and the accuracy of each class. */
export function confusions(labels: Uint8Array, predictions: Int32Array, names: readonly string[]) {
  const confusionMatrix = names.map(() => new Array<number>(names.length).fill(0));
  for (const [i, label] of labels.entries()) confusionMatrix[label][predictions[i]]++;
  const classes = confusionMatrix.map((row, label) => {
    const images = row.reduce((sum, count) => sum + count, 0);
    return { name: names[label], images, accuracy: images === 0 ? 0 : row[label] / images };
  });
  return { classes, confusionMatrix };
}

type Evaluated = Metrics & ReturnType<typeof confusions>;

export const evaluationJson = (result: Evaluated): string =>
  `${printable(JSON.stringify({ event: 'evaluation', ...result }))}\n`;

/** The evaluation as text: totals, accuracy by class, and the confusion matrix with the classes' names. */
export function evaluationText(result: Evaluated): string {
  const names = result.classes.map(({ name }) => printable(name));
  const widest = Math.max(...names.map((name) => name.length));
  const cells = names.map((name) => Math.max(name.length, 5));
  return [
    `test loss ${result.loss.toFixed(4)}, accuracy ${percentText(result.accuracy)}`,
    '',
    'accuracy by class',
    ...result.classes.map(
      ({ accuracy }, label) => `  ${names[label].padEnd(widest)}  ${percentText(accuracy).padStart(7)}`,
    ),
    '',
    'confusion matrix: a row for each true class, a column for each predicted one',
    `  ${''.padEnd(widest)}  ${names.map((name, i) => name.padStart(cells[i])).join('  ')}`,
    ...result.confusionMatrix.map(
      (row, label) =>
        `  ${names[label].padEnd(widest)}  ${row.map((count, i) => String(count).padStart(cells[i])).join('  ')}`,
    ),
    '',
  ].join('\n');
}
