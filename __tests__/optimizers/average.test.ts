import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StateDict } from '../../dist/index.js';
import type { Trainer } from '../../dist/node.js';
import { rowMajor } from '../../src/tensor/view.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { syntheticDataset } from '../support/dataset.js';
import { forward } from '../support/passes.js';
import { smallImages, smallTrainer } from '../support/smallNetwork.js';
import { unequal } from '../support/unequal.js';

const train = syntheticDataset(100, smallImages);
const test = syntheticDataset(45, { ...smallImages, sample: 1 });
const UNIT = 2 ** -24; // float32's relative rounding error
const isCounter = (name: string) => name.endsWith('num_batches_tracked');

const numbersOf = (state: StateDict) =>
  new Map([...state].map(([name, tensor]) => [name, Array.from(rowMajor(tensor), Number)]));

/** The same numbers in the same order, to the bit. */
const difference = (found: StateDict, expected: StateDict) =>
  unequal([...numbersOf(found).values()].flat(), [...numbersOf(expected).values()].flat());

/** The running mean in float64, and what the roundings of float32 can have added up to, for each number of the weights. */
class Recomputed {
  private readonly means = new Map<string, number[]>();
  private readonly errors = new Map<string, number[]>();
  private steps = 0;

  constructor(private readonly decay: number) {}

  add(weights: ReadonlyMap<string, number[]>): void {
    const keep = Math.min(this.decay, this.steps / (this.steps + 9));
    this.steps++;
    for (const [name, values] of weights) {
      const [before, errors] = [this.means.get(name) ?? values, this.errors.get(name) ?? values.map(() => 0)];
      const means = values.map((value, i) => keep * before[i] + (1 - keep) * value);
      this.means.set(name, means);
      // mean + (value − mean)·share: difference, share and product are rounded, then the sum. What is of second order
      // is within the 1%.
      const rounding = (i: number) => UNIT * (3 * (1 - keep) * Math.abs(values[i] - before[i]) + Math.abs(means[i]));
      this.errors.set(
        name,
        errors.map((error, i) => 1.01 * (keep * error + rounding(i))),
      );
    }
  }

  /** Names of those that are further off than roundings explain. */
  wrong(found: ReadonlyMap<string, number[]>): string[] {
    return [...found].flatMap(([name, values]) => {
      const [means, errors] = [this.means.get(name) ?? [], this.errors.get(name) ?? []];
      return isCounter(name) || values.every((value, i) => Math.abs(value - means[i]) <= errors[i]) ? [] : [name];
    });
  }
}

describe.each([0.5, 0.95])('an average of decay %p, after 3 epochs of 7 steps', (averageDecay) => {
  const recomputed = new Recomputed(averageDecay);
  let trainer: Trainer;
  beforeAll(async () => {
    trainer = smallTrainer({ averageDecay });
    const onStep = () => recomputed.add(numbersOf(trainer.model.stateDict()));
    for await (const _ of trainer.fit(train, { epochs: 3, test, onStep }));
  });
  afterAll(() => trainer.close());

  it('is the recomputation in float64 from the weights and BatchNorm statistics after each step, but for float32’s roundings', () => {
    const found = numbersOf(trainer.stateDict());
    expect(recomputed.wrong(found)).toEqual([]);
    expect([...found.keys()]).toEqual([...trainer.model.stateDict().keys()]);
    // The bounds are narrow enough to tell the model's own weights and statistics apart.
    const own = numbersOf(trainer.model.stateDict());
    expect(recomputed.wrong(own)).toEqual([...own.keys()].filter((name) => !isCounter(name)));
  });

  it('has the model’s counters, and is what weightsHash is of', () => {
    const counters = [...numbersOf(trainer.stateDict())].filter(([name]) => isCounter(name));
    expect(counters.map(([, values]) => values)).toEqual([[21], [21]]);
    expect(trainer.weightsHash()).toBe(weightsHash(trainer.stateDict()));
    expect(trainer.weightsHash()).not.toBe(weightsHash(trainer.model.stateDict()));
  });

  it('is what evaluation goes by, to the bit, which leaves it and the model’s weights as they were', async () => {
    const averaged = smallTrainer();
    try {
      const before = [numbersOf(trainer.stateDict()), numbersOf(trainer.model.stateDict())];
      averaged.model.loadStateDict(trainer.stateDict());
      const expected = await averaged.evaluate(test);
      expect(await trainer.evaluate(test)).toEqual(expected);
      expect([numbersOf(trainer.stateDict()), numbersOf(trainer.model.stateDict())]).toEqual(before);
      averaged.model.loadStateDict(trainer.model.stateDict());
      expect((await averaged.evaluate(test))?.loss).not.toBe(expected?.loss);
    } finally {
      await averaged.close();
    }
  });

  it('gives the model its weights back where a signal stops an evaluation', async () => {
    const before = numbersOf(trainer.model.stateDict());
    expect(await trainer.evaluate(test, { signal: AbortSignal.abort() })).toBeUndefined();
    expect(numbersOf(trainer.model.stateDict())).toEqual(before);
  });

  it('leaves the model’s own passes the same before and after an evaluation', async () => {
    const image = new Float32Array(2 * 9 * 9).fill(0.5);
    const model = trainer.model.eval();
    const before = [...forward(model, image)];
    await trainer.evaluate(test);
    expect([...forward(model, image)]).toEqual(before);
  });
});

it('an average changes nothing of the training: the model’s weights are those of a run without it, to the bit', async () => {
  const [plain, averaging] = [smallTrainer(), smallTrainer({ averageDecay: 0.9 })];
  try {
    for (const trainer of [plain, averaging]) for await (const _ of trainer.fit(train, { epochs: 2, test }));
    expect(difference(averaging.model.stateDict(), plain.model.stateDict())).toEqual([]);
    expect(difference(plain.stateDict(), plain.model.stateDict())).toEqual([]);
  } finally {
    await Promise.all([plain.close(), averaging.close()]);
  }
});

it('before the first step the average is the model’s weights, also for an evaluation', async () => {
  const [plain, averaging] = [smallTrainer(), smallTrainer({ averageDecay: 0.9 })];
  try {
    expect(difference(averaging.stateDict(), plain.stateDict())).toEqual([]);
    expect(await averaging.evaluate(test)).toEqual(await plain.evaluate(test));
  } finally {
    await Promise.all([plain.close(), averaging.close()]);
  }
});

it.each([-0.1, 1, Number.NaN])('averageDecay %p is refused with ARGUMENT', (averageDecay) => {
  expect(() => smallTrainer({ averageDecay })).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
});
