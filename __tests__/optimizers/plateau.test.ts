import { describe, expect, it } from '@jest/globals';
import {
  Adam,
  learningRateFactor,
  type PlateauOptions,
  type PlateauState,
  ReduceLROnPlateau,
  type Schedule,
  SGD,
} from '../../src/index.js';
import { readJson } from '../support/golden.js';
import { thrown } from '../support/thrown.js';

const pytorch: {
  readonly plateau: readonly { settings: PlateauOptions; metrics: readonly number[]; rates: readonly number[][] }[];
  readonly schedules: readonly { schedule: Schedule; rates: readonly number[] }[];
} = readJson('learningRates.json');

const optimizerOfTwo = () => new SGD({ learningRate: 0.1, groups: [{ parameters: ['0'], learningRate: 0.02 }] });
const ratesOf = ({ learningRate, groups }: SGD) => [learningRate, groups?.[0].learningRate];

describe('ReduceLROnPlateau', () => {
  it.each(pytorch.plateau)(
    '$settings: after each epoch the rates of both groups are PyTorch’s, to the bit',
    (golden) => {
      const optimizer = optimizerOfTwo();
      const plateau = new ReduceLROnPlateau(optimizer, golden.settings);
      const found = golden.metrics.map((metric) => {
        plateau.step(metric);
        return ratesOf(optimizer);
      });
      expect(found).toEqual(golden.rates);
      expect(new Set(golden.rates.map(String)).size).toBeGreaterThan(1);
    },
  );

  it.each(pytorch.plateau)('$settings: one that is given the state of another goes on as it would', (golden) => {
    const optimizer = optimizerOfTwo();
    const found = golden.metrics.reduce<{ state?: PlateauState; rates: unknown[] }>(
      ({ state, rates }, metric) => {
        const plateau = new ReduceLROnPlateau(optimizer, golden.settings);
        if (state) plateau.state = JSON.parse(JSON.stringify(state));
        plateau.step(metric);
        return { state: plateau.state, rates: [...rates, ratesOf(optimizer)] };
      },
      { rates: [] },
    );
    expect(found.rates).toEqual(golden.rates);
  });

  it('takes a metric that is no number at all for one that is not better', () => {
    const optimizer = new Adam();
    const plateau = new ReduceLROnPlateau(optimizer, { patience: 1 });
    for (const metric of [Number.NaN, 1, Number.NaN, Number.NaN]) plateau.step(metric);
    expect(optimizer.learningRate).toBeCloseTo(1e-4, 12);
  });

  it('leaves a group that has the optimizer’s rate to follow it', () => {
    const optimizer = new SGD({ learningRate: 0.1, groups: [{ parameters: ['0'], weightDecay: 0 }] });
    const plateau = new ReduceLROnPlateau(optimizer, { patience: 0 });
    plateau.step(1);
    plateau.step(1);
    expect([optimizer.learningRate, optimizer.groups]).toEqual([0.1 * 0.1, [{ parameters: ['0'], weightDecay: 0 }]]);
  });

  it.each<[PlateauOptions, string]>([
    [{ mode: 'least' as 'min' }, 'mode must be one of min, max'],
    [{ factor: 1 }, 'factor'],
    [{ factor: -0.1 }, 'factor'],
    [{ patience: -1 }, 'patience'],
    [{ patience: 1.5 }, 'patience'],
    [{ threshold: -1 }, 'threshold'],
    [{ thresholdMode: 'relative' as 'rel' }, 'thresholdMode must be one of rel, abs'],
    [{ cooldown: -1 }, 'cooldown'],
    [{ minLearningRate: -1 }, 'minLearningRate'],
    [{ eps: Number.NaN }, 'eps'],
  ])('refuses %j: ARGUMENT', (options, message) => {
    expect(thrown(() => new ReduceLROnPlateau(new Adam(), options))).toMatch(new RegExp(`^ARGUMENT: .*${message}`));
  });

  it('wants an optimizer, numbers to go by, and a state of its own kind: ARGUMENT', () => {
    expect(thrown(() => new ReduceLROnPlateau(0.1 as never))).toBe('ARGUMENT: optimizer must be a Optimizer, not 0.1');
    const plateau = new ReduceLROnPlateau(new Adam());
    expect(thrown(() => plateau.step('0.1' as never))).toMatch(/^ARGUMENT: metric must be a number, not '0.1'/);
    for (const state of [{ badEpochs: 0 }, { badEpochs: -1, cooldown: 0 }, { best: '1', badEpochs: 0, cooldown: 0 }])
      expect(
        thrown(() => {
          plateau.state = state as PlateauState;
        }),
      ).toMatch(/^ARGUMENT: state\.(cooldown|badEpochs|best)/);
  });
});

describe('schedules of several steps, and of a power', () => {
  // ExponentialLR multiplies step by step, 20 times: as many roundings.
  it.each(pytorch.schedules)(
    '$schedule: the factor of each step is within 1e-14 of PyTorch’s',
    ({ schedule, rates }) => {
      for (const [step, rate] of rates.entries())
        expect(Math.abs(learningRateFactor(schedule, step) - rate)).toBeLessThan(1e-14);
    },
  );

  it.each<[object, string]>([
    [{ type: 'multiStep', milestones: [3, 3], gamma: 0.1 }, 'milestones\\[1\\]'],
    [{ type: 'multiStep', milestones: [0], gamma: 0.1 }, 'milestones\\[0\\]'],
    [{ type: 'multiStep', milestones: 3, gamma: 0.1 }, 'milestones must be a list'],
    [{ type: 'multiStep', milestones: [3] }, 'gamma'],
    [{ type: 'exponential', gamma: -1 }, 'gamma'],
    [{ type: 'exponential' }, 'gamma'],
    [{ type: 'plateau' }, 'goes by what came of the epochs'],
  ])('refuses %j: ARGUMENT', (schedule, message) => {
    expect(thrown(() => learningRateFactor(schedule as Schedule, 0))).toMatch(new RegExp(`^ARGUMENT: .*${message}`));
  });
});
