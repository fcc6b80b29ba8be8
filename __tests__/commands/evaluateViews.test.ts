import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { jsonLines, runCommand, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';

const temporary = temporaryFolder();
const training = [
  '--data',
  'data',
  '--network',
  'lenet5',
  '--batch-size',
  '10',
  '--lr',
  '0.01',
  '--epochs',
  '1',
  '--json',
];
const evaluate = (...args: string[]) => runCommand('evaluate', ['--data', 'data', ...args], temporary.path);

beforeAll(() => {
  const digits = { classes: 10, size: 28 };
  const test = syntheticDataset(31, { ...digits, sample: 1 });
  return writeMnistFolder(join(temporary.path, 'data'), syntheticDataset(40, digits), test);
});

it('evaluate of a model that was trained with test-time flip gives the loss of that run, of averaged weights, to the bit, and another one with --no-test-time-flip', async () => {
  const args = [...training, '--out', 'flip'];
  const { stdout } = await runCommand('train', [...args, '--test-time-flip', '--average-decay', '0.9'], temporary.path);
  const flipped = await evaluate('--weights', 'flip/model.safetensors', '--json');
  expect(jsonLines(flipped.stdout)[0].loss).toBe(jsonLines(stdout)[1].testLoss);
  const plainly = await evaluate('--weights', 'flip/model.safetensors', '--json', '--no-test-time-flip');
  expect(jsonLines(plainly.stdout)[0].loss).not.toBe(jsonLines(stdout)[1].testLoss);
});

it('evaluate of a model that was trained with test-time shift gives the loss of that run to the bit, and others with other shifts', async () => {
  const args = [...training, '--out', 'shift'];
  const { stdout } = await runCommand('train', [...args, '--test-time-shift', '2'], temporary.path);
  const lossOf = async (...more: string[]) => {
    const { stdout } = await evaluate('--weights', 'shift/model.safetensors', '--json', ...more);
    return jsonLines(stdout)[0].loss;
  };
  const found = [await lossOf(), await lossOf('--test-time-shift', '1'), await lossOf('--test-time-shift', '0')];
  expect(found[0]).toBe(jsonLines(stdout)[1].testLoss);
  expect(new Set(found).size).toBe(3);
});
