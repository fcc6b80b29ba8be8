import { describe, expect, it } from '@jest/globals';
import {
  type Activation,
  AdaptiveAvgPool2d,
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  ConvTranspose2d,
  Flatten,
  GELU,
  GroupNorm,
  LayerNorm,
  type LayerPlan,
  Linear,
  MaxPool2d,
  Model,
  type Planner,
  ReLU,
  Sequential,
  SGD,
  Upsample,
} from '../../src/index.js';
import { PlainLayer } from '../../src/layers/layer.js';
import { Trainer } from '../../src/node.js';
import { nodePlatform } from '../../src/parallel/nodePlatform.js';
import { KERNEL_BYTES } from '../../src/tensor/arena.js';
import { CountingArena } from '../../src/tensor/countingArena.js';
import { Programs } from '../../src/training/programs.js';
import { runConfig } from '../../src/training/trainerOptions.js';
import { blockInput, blockNetworks } from '../support/blocks.js';
import { thrown } from '../support/thrown.js';

const network = new Sequential([
  new Conv2d(3, 64, 3, { padding: 1 }),
  new ReLU(),
  new BatchNorm2d(64),
  new Flatten(),
  new Linear(64 * 32 * 32, 10),
]);
const inputShape = [3, 32, 32];
const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9 });
const fits = /MEMORY: .* a batch size of (\d+) fits$/;

/** A layer of each kind that blocks are without. */
const others = () =>
  new Sequential([
    new Conv2d(blockInput[0], 8, 3, { padding: 1 }),
    new Conv2d(8, 8, 3, { groups: 8 }),
    new GroupNorm(2, 8),
    new GELU(),
    new ConvTranspose2d(8, 5, 2, { stride: 2 }),
    new AvgPool2d(2),
    new Upsample({ scaleFactor: 1.5, mode: 'bilinear' }),
    new MaxPool2d(3, { stride: 2, padding: 1 }),
    new AdaptiveAvgPool2d([3, 2]),
    new Flatten(),
    new LayerNorm(30),
    new Linear(30, 3),
  ]);

/** A layer that wants to read what it has written. */
class Reading extends PlainLayer {
  readonly type = 'Reading';

  plan(_: Activation, { arena, activation }: Planner): LayerPlan {
    const table = arena.float32(1);
    table[0] = 1;
    if (table[0] !== 1) throw new RangeError('the table is lost');
    return { output: activation([3, 1000, 1000]), forward: [], backward: [] };
  }
}

describe('what a model would take', () => {
  it('is counted to the byte, for training and evaluation, of a dense block, layers that are shared, and every kind of layer', () => {
    for (const blocks of [...Object.values(blockNetworks), others]) {
      const settings = { inputShape: blockInput, batchSize: 7, workers: 3, averageDecay: 0.9, maxGradientNorm: 1 };
      const config = runConfig(blocks() as unknown as Sequential, { ...settings, optimizer }, nodePlatform);
      const counting = new CountingArena();
      new Programs({ ...config, kernels: 'reference' }, counting);
      expect(counting.taken).toBe(new Programs(config).model.arena.taken);
      expect([...counting.bytes.values()].reduce((sum, bytes) => sum + bytes, KERNEL_BYTES)).toBe(counting.taken);
    }
  });
});

describe('a batch that is too large', () => {
  it('of a Model: the error says how many GiB, for what, and the largest batch size that fits; one more does not', () => {
    const make = (batchSize: number) => new Model(network, { inputShape, batchSize });
    const message = thrown(() => make(40_000));
    expect(message).toMatch(/^MEMORY: a batch size of 40000 wants \d+\.\d\d GiB of memory \(\d+\.\d\d for activations/);
    const [, most] = fits.exec(message) as unknown as [string, string];
    expect(make(Number(most)).batchSize).toBe(Number(most));
    expect(thrown(() => make(Number(most) + 1))).toMatch(new RegExp(`a batch size of ${most} fits$`));
  });

  it('of a network that ends in AdaptiveAvgPool2d, as those of torchvision do: the same error', () => {
    const pooled = new Sequential([new Conv2d(3, 64, 3), new AdaptiveAvgPool2d(1), new Flatten(), new Linear(64, 10)]);
    expect(thrown(() => new Model(pooled, { inputShape, batchSize: 40_000 }))).toMatch(fits);
  });

  it('of a layer that cannot be counted: the error says that it is too large, and no numbers', () => {
    expect(thrown(() => new Model(new Reading(), { inputShape: [3, 1000, 1000], batchSize: 2000 }))).toBe(
      'MEMORY: the model needs more than the 4 GiB that one can use; take a smaller batch size',
    );
  });

  it('of a Trainer: what training and the optimizer want is counted too', async () => {
    const make = (batchSize: number) => new Trainer(network, { inputShape, batchSize, optimizer, workers: 1 });
    const [, most] = fits.exec(thrown(() => make(40_000))) as unknown as [string, string];
    await make(Number(most)).close();
    expect(thrown(() => make(Number(most) + 1))).toMatch(fits);
  });

  it('of a Model in training, whose evaluation fits: the first pass says it', () => {
    const model = new Model(network, { inputShape, batchSize: 6000 });
    expect(thrown(() => model.parameters)).toMatch(fits);
  });

  it('with workers whose scratch memory does not fit: how many do', () => {
    const trainer = () => new Trainer(network, { inputShape, batchSize: 20, optimizer, workers: 8000 });
    expect(thrown(trainer)).toMatch(/for the threads’ scratch.*take fewer workers than 8000, .*: \d+ fit$/);
  });

  it('of a network that is itself too large: that no batch fits', () => {
    const large = new Sequential([new Flatten(), new Linear(3 * 32 * 32, 400_000)]);
    expect(thrown(() => new Model(large, { inputShape, batchSize: 20 }))).toMatch(
      /wants 9\.\d\d GiB of memory \(4\.58 for weights.* a batch of one sample does not fit either/,
    );
  });
});
