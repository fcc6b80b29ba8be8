import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MOST_POINTS, newHistory, type RunHistory, record } from '../../../src/pages/run/history.js';
import type { RunEvent, RunStep } from '../../../src/training/events.js';

const steps = 1000;
const stepEvent = (n: number, loss: number): RunStep => ({
  event: 'step',
  epoch: Math.floor(n / steps) + 1,
  step: (n % steps) + 1,
  steps,
  loss,
  ofStep: { loss, accuracy: loss / 2 },
  learningRate: 0.1,
  stepsPerSecond: 1,
  imagesPerSecond: 1,
  stepsDone: n + 1,
});

const historyOf = (events: readonly RunEvent[], history = newHistory('run')): RunHistory => {
  for (const event of events) record(history, event);
  return history;
};

describe('a run’s history', () => {
  it('keeps each step while they are few, at its place in epochs', () => {
    const { points } = historyOf([stepEvent(0, 3), stepEvent(999, 2), stepEvent(1499, 1)]);
    expect(points.map(({ epoch, loss, accuracy }) => [epoch, loss, accuracy])).toEqual([
      [0.001, 3, 1.5],
      [1, 2, 1],
      [1.5, 1, 0.5],
    ]);
  });

  it(`of 100,000 steps has from ${MOST_POINTS / 2} to ${MOST_POINTS} points, with the steps’ mean`, () => {
    const count = 100_000;
    const history = historyOf(Array.from({ length: count }, (_, n) => stepEvent(n, n)));
    const { points, open, stride } = history;
    expect(points.length).toBeGreaterThanOrEqual(MOST_POINTS / 2);
    expect(points.length).toBeLessThan(MOST_POINTS);
    expect(points.length * stride + open.length).toBe(count);
    const sum =
      points.reduce((sum, { loss }) => sum + loss * stride, 0) + open.reduce((sum, { loss }) => sum + loss, 0);
    expect(sum / count).toBeCloseTo((count - 1) / 2, 6);
    expect(points.every(({ epoch }, i) => i === 0 || epoch > points[i - 1].epoch)).toBe(true);
  });

  const events: fc.Arbitrary<RunEvent> = fc.oneof(
    fc.tuple(fc.nat(5000), fc.double({ noNaN: true })).map(([n, loss]) => stepEvent(n, loss)),
    fc.nat(9).map((epoch): RunEvent => ({ event: 'change', stepsDone: epoch, learningRate: epoch / 8 })),
    fc.nat(9).map(
      (epoch): RunEvent => ({
        event: 'epoch',
        epoch,
        trainLoss: 1,
        seconds: 1,
        imagesPerSecond: 1,
        stepsDone: 1,
        weightsHash: '',
      }),
    ),
  );
  it('is the same for a page that comes late, and hears the rest, as for one that was there from the beginning', () => {
    fc.assert(
      fc.property(fc.array(events), fc.array(events), (before, after) => {
        const late = historyOf(after, JSON.parse(JSON.stringify(historyOf(before))));
        expect(JSON.stringify(late)).toBe(JSON.stringify(historyOf([...before, ...after])));
      }),
    );
  });
});
