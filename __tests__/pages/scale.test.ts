import { describe, expect, it } from '@jest/globals';
import { choiceScale, linearScale, logScale, roundNumbers, spaceScale } from '../../src/pages/scale.js';

const labels = ({ ticks }: ReturnType<typeof linearScale>) => ticks.map(({ label }) => label);

describe('roundNumbers', () => {
  it.each([
    [0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0.891, 0.934, 6, [0.9, 0.91, 0.92, 0.93]],
    [0, 39, 8, [0, 5, 10, 15, 20, 25, 30, 35]],
    [-0.3, 0.3, 4, [-0.2, 0, 0.2]],
    [7, 7, 6, [7]],
  ])('from %p to %p, at most %p: %p', (low, high, most, numbers) => {
    expect(roundNumbers(low, high, most)).toEqual(numbers);
  });

  it('finds between 2 and the most that are allowed, inside the range, for ranges of all sizes', () => {
    for (let i = 1; i < 400; i++) {
      const [low, high] = [i * 0.37 - 50, i * 0.37 - 50 + 1.07 ** (i - 200)];
      const numbers = roundNumbers(low, high, 6);
      expect(numbers.length).toBeGreaterThanOrEqual(2);
      expect(numbers.length).toBeLessThanOrEqual(6);
      const slack = 1e-6 * (high - low);
      expect(numbers.every((value) => value >= low - slack && value <= high + slack)).toBe(true);
    }
  });
});

describe('scales', () => {
  it('a linear one maps its ends to 0 and 1, and an empty range to the middle', () => {
    expect([-1, 1, 3].map(linearScale(-1, 3).at)).toEqual([0, 0.5, 1]);
    expect(linearScale(2, 2).at(2)).toBe(0.5);
  });

  it('a logarithmic one has equal steps between powers of ten, and ticks there', () => {
    const scale = logScale(1e-4, 1);
    expect(scale.at(1e-2)).toBeCloseTo(0.5, 12);
    expect(labels(scale)).toEqual(['1e-4', '0.001', '0.01', '0.1', '1']);
  });

  it('a short logarithmic one has ticks between the powers of ten, and at most 6 ticks stand in 30 powers', () => {
    expect(labels(logScale(0.01, 0.2))).toEqual(['0.01', '0.03', '0.1']);
    expect(labels(logScale(2, 4)).length).toBeGreaterThanOrEqual(3);
    expect(labels(logScale(1e-20, 1e10)).length).toBeLessThanOrEqual(6);
  });

  it('choices of any type stand in the middle of equal bands', () => {
    const scale = choiceScale([100, 'auto', true, 'true']);
    expect([100, 'auto', true, 'true'].map(scale.at)).toEqual([0.125, 0.375, 0.625, 0.875]);
  });

  it('a space’s scale has room for what was tried outside the space', () => {
    expect(spaceScale({ low: 0, high: 1 }, [0.5, 3]).at(3)).toBe(1);
    expect(spaceScale({ choices: ['a'] }, ['a', 'b']).at('b')).toBe(0.75);
  });

  it('a range of which a choice was tried shows what was tried, and a logarithm of 0 is not taken', () => {
    expect(labels(spaceScale({ low: 0, high: 1 }, ['none', 0.5]))).toEqual(['none', '0.5']);
    expect(spaceScale({ low: 0.1, high: 1, log: true }, [0]).at(0)).toBe(0);
  });
});
