import { describe, expect, it } from '@jest/globals';
import * as heddle from '../src/index.js';
import { plateauDefaults } from '../src/optimizers/plateau.js';
import { readJson } from './support/golden.js';

type Defaults = Readonly<Record<string, unknown>>;

/** What golden/defaults_reference.py has of PyTorch. */
const pytorch: {
  readonly layers: readonly {
    readonly type: string;
    readonly arguments: readonly unknown[];
    readonly input: readonly number[];
    readonly printed: string;
    readonly settings: Defaults;
    readonly state: readonly string[];
    readonly initial: Readonly<Record<string, readonly [least: number, largest: number]>>;
  }[];
  readonly losses: Readonly<Record<string, Defaults>>;
  readonly optimizers: Readonly<Record<string, Defaults>>;
  readonly schedules: Readonly<Record<string, Defaults>>;
} = readJson('defaults.json');

const exported = heddle as unknown as Record<string, new (...args: readonly unknown[]) => Defaults>;

/** A height and a width as the one number that PyTorch keeps of them where it was given one. */
const shortened = (value: unknown) => (Array.isArray(value) && value[0] === value[1] ? value[0] : value);

it('PyTorch’s defaults are there of every layer that heddle exports', () => {
  const layers = Object.keys(exported).filter((name) => exported[name].prototype instanceof heddle.Layer);
  expect([...new Set(pytorch.layers.map(({ type }) => type))].sort()).toEqual(layers.sort());
});

describe.each(pytorch.layers)('$printed', ({ type, arguments: given, input, printed, settings, state, initial }) => {
  const layer = new exported[type](...given) as unknown as heddle.Layer;
  const model = new heddle.Model(new heddle.Sequential({ layer }), { inputShape: input, batchSize: 1 });

  it('prints so, has PyTorch’s settings where none are given, and its state dict', () => {
    expect(layer.describe()).toBe(printed);
    // PyTorch has no alignCorners of nearest neighbours.
    for (const [name, value] of Object.entries(settings))
      expect([name, shortened((layer as unknown as Defaults)[name])]).toEqual([
        name,
        shortened(value ?? (name === 'alignCorners' ? false : null)),
      ]);
    const found = [...model.stateDict()].map(([name, { shape }]) => [name.replace('layer.', ''), ...shape].join(' '));
    expect(found).toEqual(state);
  });

  it('begins with numbers from where PyTorch’s do: constants are its own, bounds within 1% of the furthest of 300 layers', () => {
    expect(model.parameters.map(({ name }) => name.replace('layer.', ''))).toEqual(Object.keys(initial));
    for (const { name, initial: found } of model.parameters) {
      const [least, largest] = initial[name.replace('layer.', '')];
      if (least === largest) expect([name, found]).toEqual([name, { constant: least }]);
      else {
        const { uniform } = found as { readonly uniform: number };
        for (const furthest of [-least, largest]) {
          expect(furthest).toBeLessThanOrEqual(Math.fround(uniform));
          expect(furthest).toBeGreaterThan(0.99 * uniform);
        }
      }
    }
  });
});

it.each(Object.entries(pytorch.losses))(
  '%s has PyTorch’s defaults, but for ignoreIndex: without one every target is a class',
  (type, { ignoreIndex, ...defaults }) => {
    const { type: _, ...found } = { ...new exported[type]() };
    const given = Object.entries(defaults).filter(([, value]) => value !== null);
    expect(found).toEqual(Object.fromEntries(given));
  },
);

it.each(Object.entries(pytorch.optimizers))('%s has PyTorch’s defaults', (type, defaults) => {
  expect({ ...new exported[type](type === 'SGD' ? { learningRate: 0.1 } : undefined) }).toMatchObject(defaults);
});

describe('schedules and samplers have PyTorch’s defaults:', () => {
  const { ReduceLROnPlateau, OneCycleLR, WeightedRandomSampler } = pytorch.schedules;

  it('ReduceLROnPlateau', () => {
    expect(plateauDefaults).toEqual(ReduceLROnPlateau);
  });

  it('oneCycle, in its 20 steps', () => {
    const { totalSteps: _, ...given } = OneCycleLR;
    const schedule = { type: 'oneCycle', totalSteps: 20 } as const;
    for (let step = 0; step < 20; step++)
      expect(heddle.learningRateFactor(schedule, step)).toBe(
        heddle.learningRateFactor({ ...schedule, ...given }, step),
      );
  });

  it('WeightedRandomSampler', () => {
    expect(new heddle.WeightedRandomSampler([1, 2], 3)).toMatchObject(WeightedRandomSampler);
  });
});
