import { percentText } from '../../pages/format.js';
/** confusions[label][prediction]: how many images of a class were taken for which. */
export function confusionMatrix(labels: Uint8Array, predictions: Int32Array, classes: number): number[][] {
  const confusions = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [i, label] of labels.entries()) confusions[label][predictions[i]]++;
  return confusions;
}

export interface ClassAccuracy {
  readonly name: string;
  readonly images: number;
  readonly accuracy: number;
}

export function byClass(confusions: readonly (readonly number[])[], names: readonly string[]): ClassAccuracy[] {
  return confusions.map((row, label) => {
    const images = row.reduce((sum, count) => sum + count, 0);
    return { name: names[label], images, accuracy: images === 0 ? 0 : row[label] / images };
  });
}

/** The evaluation as text: totals, accuracy by class, and the confusion matrix with the classes' names. */
export function evaluationText(result: {
  loss: number;
  accuracy: number;
  classes: readonly ClassAccuracy[];
  confusionMatrix: readonly (readonly number[])[];
}): string {
  const names = result.classes.map(({ name }) => name);
  const widest = Math.max(...names.map((name) => name.length));
  const cells = names.map((name) => Math.max(name.length, 5));
  return [
    `test loss ${result.loss.toFixed(4)}, accuracy ${percentText(result.accuracy)}`,
    '',
    'accuracy by class',
    ...result.classes.map(({ name, accuracy }) => `  ${name.padEnd(widest)}  ${percentText(accuracy).padStart(7)}`),
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
