import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readSettings } from '../../src/commands/options/settingsFile.js';
import { trainSettings } from '../../src/commands/options/trainSettings.js';
import { randomSplit } from '../../src/data/subsets.js';
import { commandPath, runCommand, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';
import { thrown } from '../support/thrown.js';

const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);
const short = ['--data', 'data', '--network', 'lenet5', '--limit', '6', '--batch-size', '6'];
const library = JSON.stringify(commandPath('train').replace('train.js', 'index.js'));

const config = (value: unknown) => {
  writeFileSync(at('config.json'), typeof value === 'string' ? value : JSON.stringify(value));
  return ['--config', 'config.json'];
};

beforeAll(async () => {
  const digits = { classes: 10, size: 28 };
  await writeMnistFolder(at('data'), syntheticDataset(20, digits), syntheticDataset(4, { ...digits, sample: 1 }));
});

describe('is refused in one line, with nothing written:', () => {
  async function refused(code: number, args: readonly string[], ...parts: string[]): Promise<void> {
    const before = readdirSync(temporary.path);
    const outcome = await runCommand('train', ['--json', ...short, '--out', 'refused', ...args], temporary.path);
    expect([outcome.code, outcome.stdout, readdirSync(temporary.path)]).toEqual([code, '', before]);
    expect(outcome.stderr).toMatch(/^error: [^\n]+\n$/);
    for (const part of parts) expect(outcome.stderr).toContain(part);
  }

  it.each([
    ['early stopping without a validation set', ['--early-stopping', '2'], ['--early-stopping', '--validation']],
    ['a recipe that there is not', ['--recipe', 'worst'], ['--recipe', "'worst'", 'original, best']],
    ['a validation set of all training images', ['--validation', '20'], ['20']],
    ['a schedule that there is not', ['--schedule', 'steps'], ['--schedule', "'steps'", 'constant, step']],
    ['a probability above 1', ['--horizontal-flip', '1.5'], ['--horizontal-flip', "'1.5'"]],
    ['half a pixel', ['--random-crop', '0.5'], ['--random-crop', "'0.5'"]],
    ['an average that never changes', ['--average-decay', '1'], ['--average-decay', "'1'"]],
    ['--momentum with adam', ['--optimizer', 'adam', '--momentum', '0.9'], ['--momentum', '--optimizer sgd']],
    ['--gamma without the schedule step', ['--gamma', '0.9'], ['--gamma', '--schedule step']],
    ['--warmup of a constant rate', ['--warmup', '0.1'], ['--warmup', '--schedule cosine or onecycle or triangular']],
    ['--lookahead-alpha without --lookahead', ['--lookahead-alpha', '0.8'], ['--lookahead-alpha', '--lookahead']],
    ['half a step of Lookahead', ['--lookahead', '2.5'], ['--lookahead', "'2.5'"]],
    [
      '--drop-last that leaves no batch',
      ['--batch-size', '7', '--drop-last'],
      ['--drop-last leaves no batch of 6 training images', '--batch-size 7'],
    ],
    ['padding of no crop', ['--crop-padding', 'reflect'], ['--crop-padding does nothing without --random-crop']],
    ['padding that there is not', ['--random-crop', '1', '--crop-padding', 'mirror'], ['--crop-padding', 'reflect']],
    [
      'reflection of more than the image',
      ['--random-crop', '28', '--crop-padding', 'reflect'],
      ['--random-crop with --crop-padding', 'reflect', 'at most 27', '[1, 28, 28]', 'not 28'],
    ],
    ['a larger Cutout than the image', ['--cutout', '29'], ['--cutout must be at most 28', 'not 29']],
    ['a shift by the whole image', ['--test-time-shift', '28'], ['--test-time-shift must be at most 27']],
    [
      'two ways to mirror images',
      ['--horizontal-flip', '0.5', '--alternating-flip'],
      ['--horizontal-flip does nothing with --alternating-flip', '--no-alternating-flip'],
    ],
    ['--nesterov without momentum', ['--nesterov'], ['esterov', 'momentum']],
  ])('%s, exit code 2', async (_, args, parts) => {
    await refused(2, args, ...parts);
  });

  it('a validation image of a class that the network has not, exit code 1', async () => {
    const many = syntheticDataset(4, { classes: 10, size: 28 });
    many.targets.set([0, 1, 2, 3]);
    for (const heldOut of randomSplit(many, 3)[1].targets) many.targets[heldOut] = 10;
    await writeMnistFolder(at('many'), many, syntheticDataset(4, { classes: 10, size: 28 }));
    writeFileSync(at('ten.mjs'), `import { fashionNet } from ${library};\nexport default fashionNet();\n`);
    const labels = ['--data', 'many', '--network', 'ten.mjs', '--limit', '1', '--validation', '3'];
    await refused(1, labels, 'target', '10');
  });

  it.each<[string, unknown, string[]]>([
    ['text that is no JSON', 'lr: 0.1', ['expected JSON']],
    ['JSON over several lines with a mistake', '{\n  "lr": 0.1,\n  "seed": x\n}\n', ['expected JSON']],
    ['an unknown option', { lr: 0.1, learningRate: 0.1 }, ['learningRate', 'no such option', 'labelSmoothing']],
    ['a run to go on with', { resume: 'runs/other' }, ['resume', 'no such option']],
    ['a number for a folder', { data: 5 }, ['data', '5']],
    ['a learning rate below 0', { lr: -0.1 }, ['lr', '0 or more', '-0.1']],
  ])('a --config of %s, exit code 1, naming the file and the option', async (_, value, parts) => {
    await refused(1, config(value), 'config.json: ', ...parts);
  });

  it('a --config that is not there, or is a folder, exit code 1', async () => {
    await refused(1, ['--config', 'nowhere.json'], 'nowhere.json: ', 'ENOENT');
    mkdirSync(at('folder'));
    await refused(1, ['--config', 'folder'], 'folder: ', 'EISDIR');
  });
});

describe('settings in a file are refused with FORMAT, naming the file and the option:', () => {
  it.each<[string, unknown, string[]]>([
    ['a list', [{ lr: 0.1 }], ['expected a JSON object']],
    ['null', null, ['expected a JSON object']],
    ['an option as the command line writes it', { 'batch-size': 10 }, ['batch-size', 'no such option']],
    ['another file', { config: 'other.json' }, ['config', 'no such option']],
    ['a list for a number', { lr: [0.1] }, ['lr', '[0.1]']],
    ['a list of other things than numbers', { mean: ['0.5', null] }, ['mean', 'several', '"0.5",null']],
    ['true for a number', { lr: true }, ['lr', 'true']],
    ['null for a number', { seed: null }, ['seed', 'null']],
    ['a number for true or false', { nesterov: 1 }, ['nesterov', 'true or false', '1']],
    ['text for true or false', { testTimeFlip: 'false' }, ['testTimeFlip', 'true or false', '"false"']],
    ['a number for a choice', { schedule: 5 }, ['schedule', 'constant, step', '5']],
    ['a choice that there is not', { optimizer: 'lion' }, ['optimizer', 'sgd, adam, adamw', '"lion"']],
    ['a recipe that there is not', { recipe: 'worst' }, ['recipe', 'original, best', '"worst"']],
    ['a probability above 1', { randomErasing: 1.5 }, ['randomErasing', 'from 0 to 1', '1.5']],
    ['half an epoch', { epochs: 0.5 }, ['epochs', 'whole number', '0.5']],
    ['a batch of nothing', { batchSize: 0 }, ['batchSize', 'whole number', '0']],
  ])('%s', (_, value, parts) => {
    const message = thrown(() => readSettings(trainSettings, value, 'file.json'));
    for (const part of ['FORMAT: file.json: ', ...parts]) expect(message).toContain(part);
  });
});

it('a scaling in a file is a number, or a list of one for each channel', () => {
  const scaling = { mean: [0.485, -0.456, 0], std: 0.25 };
  expect(readSettings(trainSettings, scaling, 'file.json')).toEqual(scaling);
});
