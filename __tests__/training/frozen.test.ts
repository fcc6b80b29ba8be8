import { describe, expect, it } from '@jest/globals';
import {
  BatchNorm2d,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  flatten,
  Linear,
  Model,
  Module,
  relu,
  rowMajor,
  SGD,
  type StateDict,
  type Value,
} from '../../dist/index.js';
import { decodeCheckpoint, type TrainerOptions } from '../../dist/node.js';
import { syntheticDataset } from '../support/dataset.js';
import { formulaValues } from '../support/formula.js';
import { readJson } from '../support/golden.js';
import { bits, checkpointedCourse, course, smallImages, smallTrainer } from '../support/smallNetwork.js';
import { unequal } from '../support/unequal.js';

interface Case {
  readonly seed: number;
  readonly frozen: readonly string[];
  readonly losses: readonly number[];
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly float32Error: number;
}

const pytorch: Readonly<Record<string, Case>> = readJson('frozen.json');
const [SAMPLES, inputShape, CLASSES] = [5, [2, 6, 5], 3];

class Block extends Module {
  readonly conv: Conv2d;
  readonly norm: BatchNorm2d;
  readonly drop: Dropout;

  constructor(inputs: number, outputs: number, p: number) {
    super();
    this.conv = new Conv2d(inputs, outputs, 3, { padding: 1 });
    this.norm = new BatchNorm2d(outputs);
    this.drop = new Dropout(p);
  }

  forward(x: Value): Value {
    return this.drop.forward(relu(this.norm.forward(this.conv.forward(x))));
  }
}

/** golden/frozen_reference.py's. */
class Net extends Module {
  readonly features: Block;
  readonly middle: Block;
  readonly classifier = new Linear(240, CLASSES);

  constructor(frozen: readonly string[]) {
    super();
    const p = (name: string) => (frozen.includes(name) ? 0.5 : 0);
    this.features = new Block(2, 8, p('features'));
    this.middle = new Block(8, 8, p('middle'));
  }

  forward(x: Value): Value {
    return this.classifier.forward(flatten(this.middle.forward(this.features.forward(x))));
  }
}

/** The numbers of golden/blocks_reference.py's `fill`. */
function fill(model: Model, seed: number): void {
  const buffers = model.buffers.filter(({ data }) => data instanceof Float32Array);
  const state = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [i, { name, shape }] of [...model.parameters, ...buffers].entries()) {
    const length = shape.reduce((size, n) => size * n, 1);
    const bound = shape.length > 1 ? Math.sqrt(6 / (length / shape[0])) : 0.5;
    const center = name.endsWith('running_var') ? 1.5 : name.endsWith('weight') && shape.length === 1 ? 1 : 0;
    state.set(name, { shape, data: formulaValues(seed, 8000 + i, length, bound).map((value) => value + center) });
  }
  model.loadStateDict(state);
}

const numbersOf = (state: StateDict) =>
  new Map([...state].map(([name, tensor]) => [name, Array.from(rowMajor(tensor), Number)]));

// As in network/blocks.test.ts: PyTorch's own float32 is off by float32Error, in other roundings, and three steps have
// as many here as there; Winograd's algorithm makes a convolution's six to ten times as large.
const FACTORS = { im2col: 2, winograd: 10 };

describe.each(Object.entries(pytorch))(
  'frozen as in PyTorch: %s,',
  (_, { seed, frozen, losses, state, float32Error }) => {
    it.each(['im2col', 'winograd'] as const)(
      '%s: three steps of SGD with momentum and weight decay leave its float64 state, within 2 times PyTorch’s own error in float32, or 10 with Winograd’s algorithm; counters and what is frozen to the bit',
      (convolution) => {
        const model = new Model(new Net(frozen), { inputShape, batchSize: SAMPLES, shards: 2, convolution, frozen });
        fill(model, seed);
        const before = numbersOf(model.stateDict());
        const optimizer = new SGD({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.1 });
        const labels = Int32Array.from({ length: SAMPLES }, (_, n) => n % CLASSES);
        for (const [step, expected] of losses.entries()) {
          const images = formulaValues(seed, 8100 + step, SAMPLES * 60, Math.sqrt(3));
          const { loss, gradient } = new CrossEntropyLoss().forward(model.forward(images), labels);
          expect(Math.abs(loss / expected - 1)).toBeLessThan(FACTORS[convolution] * float32Error);
          model.backward(gradient);
          optimizer.step(model);
        }
        for (const [name, found] of numbersOf(model.stateDict())) {
          const isFrozen = frozen.some((each) => name === each || name.startsWith(`${each}.`));
          if (isFrozen) expect([name, unequal(found, before.get(name) ?? [])]).toEqual([name, []]);
          const largest = Math.max(...state[name].map(Math.abs));
          const worst = Math.max(...found.map((value, i) => Math.abs(value - state[name][i])));
          expect([name, worst <= FACTORS[convolution] * float32Error * largest || worst]).toEqual([name, true]);
        }
      },
    );
  },
);

describe('a Trainer with frozen modules', () => {
  const train = syntheticDataset(40, smallImages);
  const frozen = ['features.0', 'features.2', 'features.6', 'features.9.bias'];
  const options: Partial<TrainerOptions> = {
    frozen,
    optimizer: new SGD({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.1 }),
    maxGradientNorm: 0.5,
    averageDecay: 0.9,
    shards: 5,
  };
  const trainer = (more: Partial<TrainerOptions> = {}) => smallTrainer({ ...options, workers: 1, ...more });
  const isFrozen = (name: string) => /^features\.([026]\.|9\.bias)/.test(name);

  it('keeps the frozen tensors to the bit, in the average too, with the bits of one worker on 3 and after a resume at every step', async () => {
    const first = trainer();
    const before = numbersOf(first.model.stateDict());
    const { course: alone, checkpoints } = await checkpointedCourse(first, train, { epochs: 2 });
    for (const state of [first.model.stateDict(), first.stateDict()])
      for (const [name, numbers] of numbersOf(state))
        expect([name, unequal(numbers, before.get(name) ?? []).length === 0]).toEqual([name, isFrozen(name)]);
    expect(bits(await course(trainer({ workers: 3 }), train, { epochs: 2 }))).toEqual(bits(alone));
    for (const checkpoint of checkpoints) {
      const { settings, optimizer } = decodeCheckpoint(checkpoint);
      expect(settings.frozen).toEqual(frozen);
      expect([...optimizer.keys()].filter(isFrozen)).toEqual([]);
      const resumed = trainer({ workers: 2 });
      resumed.restore(decodeCheckpoint(checkpoint));
      const found = await course(resumed, train, { epochs: 2 - resumed.epochsDone });
      expect(found.weightsHash).toBe(alone.weightsHash);
    }
  });

  it('refuses the checkpoint of a run in which other modules are frozen, by name', async () => {
    const [mine, other] = [trainer(), trainer({ frozen: ['features'] })];
    try {
      expect(() => other.restore(mine.checkpoint())).toThrow(
        'frozen is ["features"] here and ["features.0","features.2"',
      );
    } finally {
      await mine.close();
      await other.close();
    }
  });
});
