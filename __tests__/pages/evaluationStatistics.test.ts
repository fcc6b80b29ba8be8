import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { calibration, confusions, macroAccuracy, wilsonInterval } from '../../src/pages/evaluationStatistics.js';
import { viewOf } from '../../src/pages/evaluationView.js';
import { sampleAnswers, sampleEvaluation } from '../support/sampleEvaluation.js';

const golden = JSON.parse(readFileSync(new URL('../golden/evaluation.json', import.meta.url), 'utf8'));

describe.each<Record<string, never>>(golden.cases)('of answers of $classes classes', (expected) => {
  const { classes, matrix, macro, counts, means, accuracies, error } = expected;
  const labels = Int32Array.from(expected.labels);
  const predictions = Int32Array.from(expected.predictions);
  const names = Array.from({ length: classes }, (_, label) => String(label));

  it('matrix and mean of the classes that have images are numpy’s, the latter to 1e-12', () => {
    const found = confusions(labels, predictions, names);
    expect(found.confusionMatrix).toEqual(matrix);
    expect(macroAccuracy(found.classes)).toBeCloseTo(macro, 12);
  });

  it('bins have numpy’s counts, and accuracies, mean probabilities and the calibration error to 1e-7', () => {
    const confidences = Array.from(predictions, (label, i) => Math.fround(expected.probabilities[i * classes + label]));
    const found = calibration(confidences, (i) => labels[i] === predictions[i]);
    expect(found.bins.map(({ count }) => count)).toEqual(counts);
    for (const [i, { accuracy, confidence }] of found.bins.entries()) {
      expect(accuracy).toBeCloseTo(accuracies[i], 12);
      expect(confidence).toBeCloseTo(means[i], 7);
    }
    expect(found.error).toBeCloseTo(error, 7);
  });
});

it.each<{ right: number; count: number; interval: number[] }>(golden.intervals)(
  'Wilson’s interval for $right of $count solves the test of a share, to 1e-10',
  ({ right, count, interval }) => {
    for (const [i, bound] of wilsonInterval(right, count).entries()) expect(bound).toBeCloseTo(interval[i], 10);
  },
);

it('a probability of 1 is in the last bin, and of no images the interval is all shares', () => {
  expect(calibration([1], () => true).bins[9]).toEqual({ count: 1, confidence: 1, accuracy: 1 });
  expect(wilsonInterval(0, 0)).toEqual([0, 1]);
});

describe('an evaluation’s view', () => {
  it('has mistakes, the surest first, and cells: mistakes before right ones, the fullest first, of right ones the least sure first', () => {
    const { mistakes, cells } = viewOf(sampleEvaluation());
    expect(mistakes.map(({ index }) => index)).toEqual([4, 3, 1, 5]);
    expect(
      cells.map(({ label, prediction, samples }) => [label, prediction, samples.map(({ index }) => index)]),
    ).toEqual([
      [0, 1, [4, 1, 5]],
      [2, 0, [3]],
      [2, 2, [6, 7]],
      [0, 0, [0]],
      [1, 1, [2]],
    ]);
  });

  it('of 1,000 classes has a matrix of 20, among them those of the most frequent confusions, in their order', () => {
    const classes = Array.from({ length: 1000 }, (_, label) => `class ${label}`);
    const confused = (label: number, prediction: number) => [label, prediction, 0.5] as const;
    const pairs = [...Array(3).fill(confused(900, 3)), ...Array(2).fill(confused(77, 501))];
    const { shownClasses, cells } = viewOf(sampleEvaluation([...sampleAnswers, ...pairs], { classes }));
    expect(shownClasses).toHaveLength(20);
    expect(shownClasses).toEqual(shownClasses.toSorted((a, b) => a - b));
    expect(shownClasses).toEqual(expect.arrayContaining([0, 1, 2, 3, 77, 501, 900]));
    expect(cells.slice(0, 3).map(({ label, prediction }) => [label, prediction])).toEqual([
      [0, 1],
      [900, 3],
      [77, 501],
    ]);
  });
});
