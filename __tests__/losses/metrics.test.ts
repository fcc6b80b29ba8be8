import { describe, expect, it } from '@jest/globals';
import { BCEWithLogitsLoss } from '../../src/losses/bceWithLogitsLoss.js';
import { CrossEntropyLoss } from '../../src/losses/crossEntropyLoss.js';
import type { Loss } from '../../src/losses/loss.js';
import { metrics, metricsOf } from '../../src/losses/metrics.js';
import { MSELoss } from '../../src/losses/mseLoss.js';
import { formulaValues } from '../support/formula.js';

const classNumber = { of: 'classes', shape: [] } as const;
const floats = { of: 'floats', shape: [3] } as const;
const own: Loss = { type: 'Own', plan: () => [] };

describe('the metrics of a loss', () => {
  it.each<[string, Loss, number[], string[]]>([
    ['CrossEntropyLoss of five classes', new CrossEntropyLoss(), [5], ['accuracy']],
    ['CrossEntropyLoss of six', new CrossEntropyLoss(), [6], ['accuracy', 'top5Accuracy']],
    ['CrossEntropyLoss of pixels of two classes', new CrossEntropyLoss(), [2, 9, 9], ['accuracy']],
    ['BCEWithLogitsLoss', new BCEWithLogitsLoss(), [6], ['labelAccuracy']],
    ['MSELoss', new MSELoss(), [6], ['meanAbsoluteError']],
    ['one’s own for class numbers', own, [6], ['accuracy']],
    ['one’s own for floats', { ...own, targetsOf: () => floats }, [3], []],
    ['one’s own that says', { ...own, metricsOf: () => ['labelAccuracy'] }, [6], ['labelAccuracy']],
  ])('%s', (_, loss, output, names) => {
    expect(metricsOf(loss, output)).toEqual(names);
  });
});

describe('top5Accuracy', () => {
  const top5 = (row: readonly number[], target: number) =>
    metrics.top5Accuracy(Float32Array.from(row), Int32Array.of(target), classNumber);

  it('is 1 for those of a row that sorting puts among the first five', () => {
    for (let n = 0; n < 20; n++) {
      const row = [...formulaValues(1, n, 9)];
      const first = new Set([...row.keys()].sort((a, b) => row[b] - row[a]).slice(0, 5));
      for (const target of row.keys()) expect(top5(row, target)).toEqual([Number(first.has(target)), 1]);
    }
  });

  it('takes the first of equals for the more likely one, and a NaN for no answer', () => {
    expect([0, 4, 5, 7].map((target) => top5(new Array(8).fill(1), target)[0])).toEqual([1, 1, 0, 0]);
    expect(top5(new Array(8).fill(Number.NaN), 0)).toEqual([0, 1]);
  });
});

it('accuracy of pixels leaves the ignored ones out, of the sum and of what counts', () => {
  const kind = { of: 'classes', shape: [2, 2], ignoreIndex: 9 } as const;
  const output = Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1);
  expect(metrics.accuracy(output, Int32Array.of(0, 1, 1, 9), kind)).toEqual([2, 3]);
  expect(metrics.accuracy(output, Int32Array.of(9, 9, 9, 9), kind)).toEqual([0, 0]);
});

it('labelAccuracy counts outputs on the right side of 0, meanAbsoluteError sums distances', () => {
  const [output, targets] = [Float32Array.of(2, -1, 0), Float32Array.of(1, 0.5, 0.75)];
  expect(metrics.labelAccuracy(output, targets, floats)).toEqual([2, 3]);
  expect(metrics.meanAbsoluteError(output, targets, floats)).toEqual([1 + 1.5 + 0.75, 3]);
});
