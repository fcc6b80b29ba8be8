import { describe, expect, it } from '@jest/globals';
import { forward } from '../support/passes.js';
import { build, changed, count } from '../support/stateDicts.js';

describe('stateDict', () => {
  it('shows weights as O×I×H×W, whatever their layout in memory', () => {
    const model = build();
    model.loadStateDict(changed(model, [['features.0.weight', { shape: [3, 2, 2, 4], data: count(48) }]]));
    const weight = model.stateDict().get('features.0.weight');
    for (let o = 0; o < 3; o++)
      for (let i = 0; i < 2; i++)
        for (let y = 0; y < 2; y++)
          for (let x = 0; x < 4; x++) expect(weight?.get(o, i, y, x)).toBe(((o * 2 + i) * 2 + y) * 4 + x);
  });

  it('is a view: what is written to it, the next training pass uses, and the next one after eval()', () => {
    const input = count(48);
    for (const mode of ['train', 'eval'] as const) {
      const model = build()[mode]();
      const before = forward(model, input);
      for (const tensor of model.stateDict().values()) if (tensor.data instanceof Float32Array) tensor.data.fill(0);
      expect(before.every((value) => value !== 0)).toBe(true);
      expect(new Set(forward(model[mode](), input))).toEqual(new Set([0]));
    }
  });
});
