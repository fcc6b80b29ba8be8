import { describe, expect, it } from '@jest/globals';
import {
  BatchNorm1d,
  BatchNorm2d,
  batches,
  Conv2d,
  Flatten,
  Linear,
  Model,
  Module,
  ReLU,
  Sequential,
  SGD,
  type StateDict,
  type TensorSource,
  type Value,
} from '../../dist/index.js';
import { Trainer, type TrainerOptions } from '../../dist/node.js';
import { rowMajor } from '../../src/tensor/view.js';
import { syntheticDataset } from '../support/dataset.js';
import { formulaWeights } from '../support/formula.js';
import { formulaImages } from '../support/formulaImages.js';
import { readJson, relativeError } from '../support/golden.js';
import { bits, course, smallImages, smallTrainer } from '../support/smallNetwork.js';

const pytorch = readJson('averaging.json');
const train = syntheticDataset(46, smallImages);
const test = syntheticDataset(20, { ...smallImages, sample: 1 });

const numbersOf = (state: StateDict, kind: RegExp) =>
  Object.fromEntries(
    [...state]
      .filter(([name]) => kind.test(name))
      .map(([name, tensor]) => [name, Array.from(rowMajor(tensor), Number)]),
  );
const statistics = /running_(mean|var)$/;
const counters = /num_batches_tracked$/;

const twoNorms = () =>
  new Sequential({
    features: new Sequential([
      new Conv2d(2, 4, 3),
      new BatchNorm2d(4),
      new ReLU(),
      new Conv2d(4, 4, 3, { padding: 1 }),
      new BatchNorm2d(4, { momentum: null }),
    ]),
    classifier: new Sequential([new Flatten(), new Linear(16, 3)]),
  });

// PyTorch's own float32 is off by float32Error at worst. Ours sums in another order, with BatchNorm's sums in float64: as much
// again, twice over.
it.each([
  ['reference', 1],
  ['simd', 2],
] as const)(
  'Lookahead, two LinearLR, vectors at a rate of their own, and an average after update_bn are PyTorch’s within 4 of its float32 errors: %s kernels, %d workers',
  async (kernels, workers) => {
    const { batchSize, schedule, lookahead, averageDecay, updateBn, epochs, float32Error, seed } = pytorch;
    const options = { inputShape: [2, 4, 4], batchSize, schedule, lookahead, averageDecay, updateBn, kernels, workers };
    const trainer = new Trainer(twoNorms(), { ...options, optimizer: new SGD(pytorch.optimizer) });
    try {
      const { model } = trainer;
      model.loadStateDict(new Map<string, TensorSource>([...model.stateDict(), ...formulaWeights(model, seed)]));
      const losses: number[] = [];
      for await (const { trainLoss } of trainer.fit(formulaImages(pytorch), { epochs })) losses.push(trainLoss);
      const { loss } = await trainer.evaluate(formulaImages(pytorch));
      const off = [...losses, loss].map((found, i) => Math.abs(found / [...pytorch.losses, pytorch.evaluation][i] - 1));
      expect(off.filter((error) => error >= 4 * float32Error)).toEqual([]);
      for (const [state, expected] of [
        [model.stateDict(), pytorch.after],
        [trainer.stateDict(), pytorch.average],
      ])
        for (const [name, numbers] of Object.entries<number[]>(expected)) {
          const found = Array.from(rowMajor(state.get(name) as TensorSource), Number);
          expect([name, relativeError(found, numbers) < 4 * float32Error]).toEqual([name, true]);
        }
    } finally {
      await trainer.close();
    }
  },
);

/** A BatchNorm that stands at two places, one cut by channels, and one over features. */
class Norms extends Module {
  readonly conv: Conv2d;
  readonly again: Conv2d;
  readonly norm: BatchNorm2d;
  readonly wide: Sequential;
  readonly last: Sequential;

  /** @param momentum of all */
  constructor(momentum: number | null) {
    super();
    this.conv = new Conv2d(2, 8, 3, { padding: 1 });
    this.again = new Conv2d(8, 8, 3, { padding: 1 });
    this.norm = new BatchNorm2d(8, { momentum });
    this.wide = new Sequential([new Conv2d(8, 40, 3, { stride: 4 }), new BatchNorm2d(40, { momentum }), new ReLU()]);
    this.last = new Sequential([
      new Flatten(),
      new Linear(160, 20),
      new BatchNorm1d(20, { momentum }),
      new Linear(20, 3),
    ]);
  }

  forward(x: Value): Value {
    const y = this.norm.forward(this.again.forward(this.norm.forward(this.conv.forward(x))));
    return this.last.forward(this.wide.forward(y));
  }
}

/** The statistics that a model whose layers have no momentum, and begin to count, takes of an epoch's first batches. */
function byHand(state: StateDict, batchSize: number, count: number): Record<string, number[]> {
  const model = new Model(new Norms(null), { inputShape: [2, 9, 9], batchSize });
  model.loadStateDict(state);
  for (const [name, { data }] of model.stateDict()) if (counters.test(name)) data.fill(0n as never);
  const normalization = { mean: 0.5, std: 0.4 };
  const given = [...batches(train, { batchSize, normalization, shuffle: { seed: 0, epoch: 1 } })];
  for (const { inputs } of given.slice(0, count)) model.train().forward(inputs);
  return numbersOf(model.stateDict(), statistics);
}

const normsTrainer = (options: Partial<TrainerOptions>) =>
  new Trainer(new Norms(0.3), {
    inputShape: [2, 9, 9],
    batchSize: 16,
    optimizer: new SGD({ learningRate: 0.05 }),
    normalization: { mean: 0.5, std: 0.4 },
    workers: 1,
    ...options,
  });

describe.each([
  ['weights', 0],
  ['average', 0.7],
])('updateBn by the %s', (_, averageDecay) => {
  it.each([
    [2, 2],
    [1000, 3],
  ])('of %d batches has the bits of forward passes of %d batches without a momentum', async (updateBn, count) => {
    const trainer = normsTrainer({ averageDecay, updateBn });
    await course(trainer, train, { epochs: 2 });
    const found = trainer.stateDict();
    expect(numbersOf(found, statistics)).toEqual(byHand(found, 16, count));
  });

  it('changes no weight, no counter and no step, whether there are evaluations or not', async () => {
    const run = async (options: Partial<TrainerOptions>, sets = {}) => {
      const trainer = smallTrainer({ workers: 1, averageDecay, ...options });
      const { steps } = bits(await course(trainer, train, { epochs: 2, ...sets }));
      const states = [trainer.stateDict(), trainer.model.stateDict()];
      return { steps, states: states.map((state) => numbersOf(state, /(weight|bias|tracked)$/)), trainer };
    };
    const [without, alone, tested] = [await run({}), await run({ updateBn: 2 }), await run({ updateBn: 2 }, { test })];
    expect([alone.steps, alone.states]).toEqual([without.steps, without.states]);
    expect([tested.steps, tested.states]).toEqual([without.steps, without.states]);
    expect(tested.trainer.weightsHash()).toBe(alone.trainer.weightsHash());
    expect(alone.trainer.weightsHash()).not.toBe(without.trainer.weightsHash());
  });

  it.each(['behind the last step', 'in the evaluation'])(
    'has the same bits after a signal %s, and a second fit',
    async (where) => {
      const whole = smallTrainer({ workers: 1, averageDecay, updateBn: 2 });
      await course(whole, train, { epochs: 2, test });
      const trainer = smallTrainer({ workers: 1, averageDecay, updateBn: 2 });
      const stop = new AbortController();
      const onStep = ({ step }: { step: number }) => step === 3 && where === 'behind the last step' && stop.abort();
      const onEvaluate = () => where === 'in the evaluation' && stop.abort();
      for await (const _ of trainer.fit(train, { epochs: 1, test, signal: stop.signal, onStep, onEvaluate }))
        throw new Error('an epoch that was not evaluated has a report');
      await course(trainer, train, { epochs: 2, test });
      expect(trainer.weightsHash()).toBe(whole.weightsHash());
    },
  );
});

it('updateBn leaves the statistics of frozen modules, and a network without BatchNorm, as they are', async () => {
  const run = async (trainer: Trainer) => {
    await course(trainer, train, { epochs: 1 });
    return numbersOf(trainer.stateDict(), /./);
  };
  const frozen = ['features.2'];
  const [found, plain] = [
    await run(smallTrainer({ workers: 1, frozen, updateBn: 2 })),
    await run(smallTrainer({ workers: 1, frozen })),
  ];
  const changed = Object.keys(found).filter((name) => String(found[name]) !== String(plain[name]));
  expect(changed).toEqual(['features.9.running_mean', 'features.9.running_var']);
  const linear = (updateBn: number) =>
    new Trainer(new Sequential([new Flatten(), new Linear(162, 3)]), {
      inputShape: [2, 9, 9],
      optimizer: new SGD({ learningRate: 0.05 }),
      updateBn,
      workers: 1,
    });
  expect(await run(linear(2))).toEqual(await run(linear(0)));
});

it('updateBn puts augmented images through the network, with Dropout, and draws anew for each batch', async () => {
  /** The means before the Dropout, and behind it, of batches that are the same 16 images, by weights that do not move. */
  const found = async (updateBn: number, randomCrop: number) => {
    const optimizer = new SGD({ learningRate: 0 });
    const trainer = smallTrainer({ workers: 1, optimizer, updateBn, augmentation: { randomCrop } });
    await course(trainer, train, { epochs: 1, sampler: { order: () => Array.from({ length: 32 }, (_, i) => i % 16) } });
    const means = numbersOf(trainer.stateDict(), /running_mean$/);
    return { before: means['features.2.running_mean'], behind: means['features.9.running_mean'] };
  };
  const [one, two] = [await found(1, 0), await found(2, 0)];
  expect(two.before).toEqual(one.before);
  expect(two.behind).not.toEqual(one.behind);
  const means = [one, await found(1, 2), await found(2, 2)].map(({ before }) => String(before));
  expect(new Set(means).size).toBe(3);
});
