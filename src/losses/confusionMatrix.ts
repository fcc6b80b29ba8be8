/** How many samples of each class were taken for which: [label][prediction]. A label that is no class is not counted. */
export function confusionMatrix(labels: ArrayLike<number>, predictions: Int32Array, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [i, prediction] of predictions.entries()) {
    const row = matrix[labels[i]];
    if (row) row[prediction]++;
  }
  return matrix;
}
