import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { recipes } from '../../src/fashionMnist/recipes.js';
import { loadCheckpoint } from '../../src/formats/checkpointFile.js';
import type { StateDict } from '../../src/network/stateDict.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { commandPath, jsonLines, runCommand, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';
import { hashByHand } from '../support/hashByHand.js';

const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);
const train = (...args: string[]) => runCommand('train', ['--json', ...args], temporary.path);

// One step of 6 images an epoch, of a network that is quickly saved.
const short = ['--data', 'data', '--network', 'small.mjs', '--limit', '6', '--batch-size', '6'];
const library = JSON.stringify(commandPath('train').replace('train.js', 'index.js'));
const smallNetwork = `import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential } from ${library};
const layers = [new Conv2d(1, 4, 3), new ReLU(), new BatchNorm2d(4), new MaxPool2d(2), new Dropout(0.1), new Flatten(), new Linear(676, 10)];
export default new Sequential(layers);
`;

const config = (value: unknown) => {
  writeFileSync(at('config.json'), typeof value === 'string' ? value : JSON.stringify(value));
  return ['--config', 'config.json'];
};

/** Runs train to its end, and gives its events. */
async function trained(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await train(...args);
  expect([code, stderr]).toEqual([0, '']);
  return jsonLines(stdout);
}

/** The network's tensors in state_dict order. */
const names = [
  ...['0.weight', '0.bias', '2.weight', '2.bias', '2.running_mean', '2.running_var', '2.num_batches_tracked'],
  ...['6.weight', '6.bias'],
];

const metrics = (folder: string) => jsonLines(readFileSync(at(folder, 'metrics.jsonl'), 'utf8'));
const timeless = (lines: readonly Record<string, unknown>[]) =>
  lines.map(({ seconds, imagesPerSecond, ...rest }) => rest);

beforeAll(async () => {
  writeFileSync(at('small.mjs'), smallNetwork);
  const digits = { classes: 10, size: 28 };
  await writeMnistFolder(at('data'), syntheticDataset(20, digits), syntheticDataset(4, { ...digits, sample: 1 }));
});

describe('a run of a recipe, a file and options', () => {
  const file = {
    recipe: 'best',
    lr: 0.05,
    momentum: 0.8,
    averageDecay: 0.9,
    updateBn: 1,
    lookahead: 2,
    biasLr: 3,
    epochs: 2,
    randomErasing: 1,
    testTimeFlip: false,
  };
  let events: Record<string, unknown>[];
  beforeAll(async () => {
    events = await trained(...short, ...config(file), '--lr', '0.02', '--out', 'whole');
  });

  it('takes the options of the command line before those of the file, these before those of the recipe, these before the defaults', () => {
    const { options, ...start } = events[0] as { options: Record<string, unknown> };
    const fromCommandLine = { lr: 0.02, batchSize: 6, limit: 6 };
    const fromFile = { momentum: 0.8, averageDecay: 0.9, epochs: 2, randomErasing: 1, testTimeFlip: false };
    const { nesterov, weightDecay, decay, schedule, warmup } = recipes.best;
    const fromRecipe = { nesterov, weightDecay, decay, schedule, warmup };
    const fromDefaults = { seed: 0, randomCrop: 0, optimizer: 'sgd', gamma: 0.5 };
    expect(options).toMatchObject({ ...fromCommandLine, ...fromFile, ...fromRecipe, ...fromDefaults });
    const { labelSmoothing, maxGradientNorm, horizontalFlip } = recipes.best;
    expect(options).toMatchObject({ labelSmoothing, maxGradientNorm, horizontalFlip });
    expect(start).toMatchObject({
      optimizer: {
        type: 'SGD',
        learningRate: 0.02,
        momentum: 0.8,
        nesterov: true,
        weightDecay,
        decay: 'weights',
        groups: [{ parameters: 'vectors', learningRate: 0.06 }],
      },
      schedule: { type: 'oneCycle', totalSteps: 2, pctStart: 0.25 },
      augmentation: { horizontalFlip: 0.5, randomCrop: 0, randomErasing: 1 },
      loss: { type: 'CrossEntropyLoss', labelSmoothing: 0.05 },
      maxGradientNorm: 5,
      averageDecay: 0.9,
      updateBn: 1,
      lookahead: { steps: 2, alpha: 0.5 },
      testTimeFlip: false,
    });
  });

  it('writes the average to model.safetensors, which the end event’s weightsHash is of', async () => {
    const hash = hashByHand(readFileSync(at('whole', 'model.safetensors')), names);
    expect([events.at(-1)?.weightsHash, metrics('whole').at(-1)?.weightsHash]).toEqual([hash, hash]);
    const { checkpoint } = (await loadCheckpoint(at('whole'))) ?? {};
    const inOrder = (state: ReadonlyMap<string, unknown> | undefined) =>
      weightsHash(new Map(names.map((name) => [name, state?.get(name)])) as StateDict);
    expect(inOrder(checkpoint?.average)).toBe(hash);
    expect(inOrder(checkpoint?.model)).not.toBe(hash);
  });

  it('is gone on with by --resume, from after the first epoch, with all of its settings and to the same bits', async () => {
    const before = timeless(metrics('whole'));
    renameSync(at('whole', 'checkpoint.previous.safetensors'), at('whole', 'checkpoint.safetensors'));
    rmSync(at('config.json'));
    const resumed = await trained('--resume', 'whole');
    expect(resumed[0]).toEqual(events[0]);
    expect(resumed.map(({ event }) => event)).toEqual(['start', 'epoch', 'end']);
    expect(timeless(metrics('whole'))).toEqual(before);
    expect(resumed.at(-1)?.weightsHash).toBe(events.at(-1)?.weightsHash);
  });

  it('of 20 images in batches of 6 with --drop-last takes 3 steps an epoch, for which its schedule is made', async () => {
    const args = [
      '--data',
      'data',
      '--network',
      'small.mjs',
      '--batch-size',
      '6',
      '--drop-last',
      '--lr',
      '0.01',
      '--epochs',
      '2',
    ];
    const triangle = ['--schedule', 'triangular', '--warmup', '0.5', '--out', 'dropping'];
    const [start] = await trained(...args, ...triangle);
    expect(start).toMatchObject({ dropLast: true, schedule: { type: 'triangular', totalSteps: 6, pctStart: 0.5 } });
    expect((await loadCheckpoint(at('dropping')))?.checkpoint.position).toMatchObject({ epochs: 2, steps: 6 });
  });

  it.each([
    ['sgd', 0.15],
    ['adam', 0.001],
    ['adamw', 0.001],
  ])('of %s without --lr has a learning rate of %d', async (optimizer, learningRate) => {
    const [start] = await trained(...short, '--epochs', '1', '--optimizer', optimizer, '--out', optimizer);
    expect(start.optimizer).toMatchObject({ learningRate });
  });

  it('takes --recipe and --no-nesterov of the command line before those of the file', async () => {
    const optionsOf = async (...args: string[]) => {
      const [{ options }] = await trained(...short, '--epochs', '1', ...args);
      return options;
    };
    const original = {
      nesterov: false,
      weightDecay: 0,
      schedule: 'constant',
      horizontalFlip: 0,
      momentum: 0.8,
      lr: 0.05,
    };
    expect(await optionsOf(...config(file), '--recipe', 'original', '--out', 'a')).toMatchObject(original);
    const off = ['--no-nesterov', '--no-test-time-flip'];
    const best = { nesterov: false, testTimeFlip: false, momentum: recipes.best.momentum, lr: recipes.best.lr };
    expect(await optionsOf('--recipe', 'best', ...off, '--out', 'b')).toMatchObject(best);
  });
});

describe('alternating flips', () => {
  const startOf = async (...args: string[]) => (await trained(...short, '--epochs', '1', ...args))[0];
  const both = { alternatingFlip: true, horizontalFlip: 0.5, cropPadding: 'reflect' };

  it('of the command line, or of a file that has both, take the place of random ones, and a file’s padding is idle without a crop', async () => {
    const augmentation = { alternatingFlip: true, horizontalFlip: 0, cropPadding: 'constant' };
    expect(await startOf('--recipe', 'best', '--alternating-flip', '--out', 'c')).toMatchObject({ augmentation });
    expect(await startOf(...config(both), '--out', 'd')).toMatchObject({ augmentation });
  });

  it('of a file are turned off by --no-alternating-flip, and refused beside --horizontal-flip', async () => {
    const args = ['--horizontal-flip', '0.3', '--random-crop', '2'];
    const augmentation = { alternatingFlip: false, horizontalFlip: 0.3, randomCrop: 2, cropPadding: 'reflect' };
    const off = await startOf(...config(both), '--no-alternating-flip', ...args, '--out', 'e');
    expect(off).toMatchObject({ augmentation });
    const { code, stderr } = await train(...short, ...config(both), '--horizontal-flip', '0.3', '--out', 'f');
    expect([code, stderr]).toEqual([
      2,
      'error: --horizontal-flip does nothing with --alternating-flip, which takes its place; leave one away, or say --no-alternating-flip\n',
    ]);
  });
});

describe('--early-stopping', () => {
  it('ends after an epoch without a better validation accuracy, and writes the best epoch’s weights; --resume takes no step then', async () => {
    const args = ['--validation', '10', '--early-stopping', '1', '--epochs', '40', '--lr', '0.01', '--out', 'early'];
    const events = await trained(...short, ...args);
    const accuracies = metrics('early').map(({ validationAccuracy }) => validationAccuracy as number);
    const best = accuracies.indexOf(Math.max(...accuracies));
    expect(accuracies.length).toBe(best + 2);
    const hash = metrics('early')[best].weightsHash;
    expect(metrics('early').at(-1)?.weightsHash).not.toBe(hash);
    expect(events.at(-1)).toMatchObject({ weightsHash: hash, interrupted: false, epochs: best + 2 });
    const model = readFileSync(at('early', 'model.safetensors'));
    expect(hashByHand(model, names)).toBe(hash);
    const resumed = await trained('--resume', 'early');
    expect(resumed.map(({ event }) => event)).toEqual(['start', 'end']);
    expect(resumed.at(-1)).toMatchObject({ weightsHash: hash, interrupted: false });
    expect(readFileSync(at('early', 'model.safetensors')).equals(model)).toBe(true);
  });
});

it('train --help shows every option of a recipe, in at most 80 columns', async () => {
  const { code, stdout } = await runCommand('train', ['--help'], temporary.path);
  expect(code).toBe(0);
  const names = [
    'recipe',
    'config',
    'optimizer',
    'nesterov',
    'no-nesterov',
    'decay',
    'schedule',
    'warmup',
    'lr-step',
    'gamma',
  ];
  const more = [
    'label-smoothing',
    'max-gradient-norm',
    'average-decay',
    'update-bn',
    'lookahead',
    'lookahead-alpha',
    'bias-lr',
    'drop-last',
    'no-drop-last',
    'horizontal-flip',
    'random-crop',
    'random-erasing',
    'alternating-flip',
    'no-alternating-flip',
    'crop-padding',
    'cutout',
    'test-time-shift',
  ];
  for (const name of [
    ...names,
    ...more,
    'test-time-flip',
    'no-test-time-flip',
    'dropout',
    'validation',
    'early-stopping',
  ])
    expect(stdout).toMatch(new RegExp(`^ +--${name}( |$)`, 'm'));
  for (const choices of [
    '"original", "best", "general"',
    '"sgd", "adam", "adamw"',
    '"constant", "step", "cosine", "onecycle", "triangular"',
  ])
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(choices);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
