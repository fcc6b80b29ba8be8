import { describe, expect, it } from '@jest/globals';
import { chart } from '../../../benchmarks/accuracy/claims/chart.js';
import { findResult, type Result } from '../../../benchmarks/accuracy/claims/record.js';
import { table } from '../../../benchmarks/accuracy/claims/table.js';
import { variants } from '../../../benchmarks/accuracy/claims/variants.js';
import { fashionNetInput } from '../../../src/fashionMnist/network.js';
import { Model } from '../../../src/index.js';

const result = (seed: number, ...testAccuracies: number[]): Result => ({
  variant: 'as specified',
  rate: 0.15,
  seed,
  images: 20_000,
  epochs: 2,
  node: 'v26.0.0',
  reports: testAccuracies.map((testAccuracy) => ({ trainLoss: 1, trainAccuracy: 0.5, testLoss: 1, testAccuracy })),
});
const rows = [
  { name: 'as specified', rate: 0.15, results: [result(0, 0.7, 0.8), result(1, 0.7, 0.9), result(2, 0.7, 0.88)] },
  { name: 'bare', rate: 0.15, results: [{ ...result(0, 0.7), divergedIn: 37 }, result(1, 0.7, 0.125), undefined] },
  { name: 'bare', rate: 0.05, results: [{ ...result(0), divergedIn: 2 }, { ...result(1), divergedIn: 5 }, undefined] },
];

describe('the variants of benchmarks/claims', () => {
  const named = (name: string) => variants.filter((variant) => variant.name === name);

  // Two BatchNorms a block have 4 × 64 and 4 × 128; the second convolutions 64² × 9 + 64 and 128² × 9 + 128.
  it.each([
    ['without BatchNorm', 4_280_906 - 768],
    ['one convolution a block', 4_280_906 - 36_928 - 147_584 - 2 * 64 - 2 * 128],
  ])('%s: %i parameters', (name, parameters) => {
    const model = new Model(named(name)[0].network(), { inputShape: fashionNetInput, batchSize: 1 });
    expect(model.parameters.reduce((sum, { data }) => sum + data.length, 0)).toBe(parameters);
  });

  it('without Dropout sets all three to 0; the others keep 0.1', () => {
    const probabilities = variants.map(({ name, network }) => {
      const layers = network().layers();
      return [name, ...layers.flatMap(({ layer }) => (layer.type === 'Dropout' ? layer.arguments() : []))];
    });
    for (const [name, ...found] of probabilities)
      expect(found).toEqual(Array(3).fill(name === 'without Dropout' ? 0 : 0.1));
  });

  it('one convolution a block keeps the order of the layers that stay', () => {
    const types = named('one convolution a block')[0]
      .network()
      .layers()
      .map(({ layer }) => layer.type);
    expect(types.slice(0, 5)).toEqual(['Conv2d', 'ReLU', 'BatchNorm2d', 'MaxPool2d', 'Dropout']);
    expect(types.slice(5, 11)).toEqual(['Conv2d', 'ReLU', 'Dropout', 'BatchNorm2d', 'MaxPool2d', 'Dropout']);
  });
});

describe('the record of benchmarks/claims', () => {
  it('finds a run by variant, rate, seed and budget', () => {
    const { node: _, reports: __, ...run } = result(1);
    const record = [result(0, 0.7, 0.8), result(1, 0.7, 0.9)];
    expect(findResult(record, run)).toBe(record[1]);
    for (const other of [{ variant: 'bare' }, { rate: 0.05 }, { seed: 2 }, { images: 10_000 }, { epochs: 3 }])
      expect(findResult(record, { ...run, ...other })).toBeUndefined();
  });

  it('as a table: last epochs, mean of those that did not diverge, blank what has not been run', () => {
    expect(table(rows, [0, 1, 2])).toBe(
      `
| network      | rate | mean ± half the range | seed 0              | seed 1             | seed 2 |
| ------------ | ---- | --------------------- | ------------------- | ------------------ | ------ |
| as specified | 0.15 | 86.0 ± 5.0            | 80.0                | 90.0               | 88.0   |
| bare         | 0.15 | 12.5 ± 0.0 of 1       | diverged in step 37 | 12.5               |        |
| bare         | 0.05 |                       | diverged in step 2  | diverged in step 5 |        |
`.trim(),
    );
  });

  it('as a picture: a point for each run from 65% on, the others in words', () => {
    const svg = chart(rows, [0, 1, 2], 'three epochs');
    const legend = 3;
    expect(svg.match(/<circle /g)).toHaveLength(3 + legend);
    const notes = [...svg.matchAll(/◂ (<tspan.*?)<\/text>/g)].map(([, note]) => note.replaceAll(/<.*?>/g, ''));
    expect(notes).toEqual(['diverged, 12.5', 'diverged, diverged']);
    expect(svg.match(/>bare</g)).toHaveLength(1);
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});
