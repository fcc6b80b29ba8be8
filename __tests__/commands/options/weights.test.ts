import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { pngFile } from '../../../benchmarks/checks/fuzz/png.js';
import { fashionNetInput } from '../../../src/fashionMnist/network.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../../src/formats/safetensors.js';
import { Flatten, Linear, Model, Sequential } from '../../../src/index.js';
import { saveModel } from '../../../src/node.js';
import { jsonLines, runCommand, temporaryFolder } from '../../support/command.js';
import { readOnnx } from '../../support/onnx.js';
import { trainedRun } from '../../support/trainedRun.js';

const temporary = temporaryFolder();
const at = (name: string) => join(temporary.path, name);
beforeAll(() => trainedRun(temporary.path));

const commands = [
  ['evaluate', ['--data', 'data']],
  ['predict', ['--data', 'data', '--index', '0']],
  ['export', ['--out', 'out.onnx']],
] as const;

/** The trained model with one number set, or several, in a file. */
function withNumber(name: string, place: number, value: number, count = 1): string {
  const { tensors, metadata } = decodeSafetensors(readFileSync(at('run/model.safetensors')));
  ((tensors.get(name) as StoredTensor).data as Float32Array).fill(value, place, place + count);
  writeFileSync(at('changed.safetensors'), encodeSafetensors(tensors, Object.fromEntries(metadata)));
  return 'changed.safetensors';
}

const cases: readonly [string, number, number, string][] = [
  ['block1.0.weight', 10, Number.NaN, 'NaN at [1, 0, 0, 1]'],
  ['classifier.3.bias', 9, Number.POSITIVE_INFINITY, 'Infinity at [9]'],
  ['classifier.1.weight', 6273, Number.NEGATIVE_INFINITY, '-Infinity at [1, 1]'],
  ['block2.3.running_mean', 5, Number.NaN, 'NaN at [5]'],
  ['block1.2.running_var', 63, -1e-9, ' at [63]'],
  ['block2.6.running_var', 0, Number.POSITIVE_INFINITY, 'Infinity at [0]'],
];

describe.each(commands)(
  '%s refuses, with the tensor, the number and its place, exit code 1 and nothing written,',
  (command, args) => {
    it.each(cases)('%s with element %d of %d', async (name, place, value, found) => {
      const weights = withNumber(name, place, value);
      const { code, stdout, stderr } = await runCommand(command, ['--weights', weights, ...args], temporary.path);
      expect([code, stdout, existsSync(at('out.onnx'))]).toEqual([1, '', false]);
      expect(stderr).toMatch(/^error: changed\.safetensors: [^\n]+\n$/);
      for (const part of [`'${name}'`, found]) expect(stderr).toContain(part);
    });
  },
);

it.each(commands.slice(0, 2))('%s refuses finite weights that overflow, with exit code 1', async (command, args) => {
  const weights = withNumber('classifier.3.weight', 0, 3e38, 640);
  const { code, stdout, stderr } = await runCommand(command, ['--weights', weights, ...args], temporary.path);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^error: changed\.safetensors gives numbers that are not finite[^\n]*\n$/);
});

describe('of a file with a network of 3 or 12 outputs that does not name its classes', () => {
  const save = (outputs: number) => {
    const network = new Sequential([new Flatten(), new Linear(784, outputs)]);
    return saveModel(at('own.safetensors'), new Model(network, { inputShape: fashionNetInput, batchSize: 1 }), {
      normalization: { mean: 0, std: 1 },
    });
  };
  const own = (command: (typeof commands)[number][0], ...args: string[]) =>
    runCommand(command, ['--weights', 'own.safetensors', ...args], temporary.path);

  it.each([3, 12])('predict calls the classes 0, 1 and so on: %d', async (outputs) => {
    await save(outputs);
    const { stdout } = await own('predict', '--data', 'data', '--index', '0', '--json');
    const { probabilities } = jsonLines(stdout)[0] as { probabilities: Record<string, number> };
    expect(Object.keys(probabilities)).toEqual(Array.from({ length: outputs }, (_, label) => String(label)));
    expect(Object.values(probabilities).reduce((sum, one) => sum + one)).toBeCloseTo(1, 5);
  });

  it('evaluate does so too, and export names none', async () => {
    await save(12);
    const { stdout } = await own('evaluate', '--data', 'data', '--json');
    const { classes } = jsonLines(stdout)[0] as { classes: { name: string }[] };
    expect(classes.map(({ name }) => name)).toEqual(Array.from({ length: 12 }, (_, label) => String(label)));
    expect(await own('export', '--out', 'own.onnx')).toMatchObject({ code: 0, stderr: '' });
    const { transform, version, ...said } = Object.fromEntries(readOnnx(readFileSync(at('own.onnx'))).metadata);
    expect(said).toEqual({ mean: '0', std: '1' });
  });

  it.each(['predict', 'evaluate'] as const)('%s refuses a file with names of others, exit code 1', async (command) => {
    await save(3);
    const { tensors, metadata } = decodeSafetensors(readFileSync(at('own.safetensors')));
    const named = { ...Object.fromEntries(metadata), classes: '["a","b"]' };
    writeFileSync(at('own.safetensors'), encodeSafetensors(tensors, named));
    writeFileSync(at('black.png'), pngFile({ width: 1, height: 1, colourType: 0, depth: 8, samples: [0] }));
    const args = command === 'predict' ? ['black.png'] : ['--data', 'data'];
    const { code, stdout, stderr } = await own(command, ...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: own\.safetensors: expected the names of 3 classes[^\n]*found 2\n$/);
  });
});

it('a variance of 0 and a mean below 0 are right', async () => {
  withNumber('block1.2.running_mean', 0, -1);
  const weights = withNumber('block1.2.running_var', 0, 0);
  const { code, stdout } = await runCommand(
    'evaluate',
    ['--weights', weights, '--data', 'data', '--json'],
    temporary.path,
  );
  expect([code, Number.isFinite(jsonLines(stdout)[0].loss)]).toEqual([0, true]);
});

it('train ends with 1 and no model when the test images show that the last step led astray', async () => {
  const args = ['--data', 'data', '--batch-size', '16', '--epochs', '1', '--lr', '1e30', '--out', 'astray', '--json'];
  const { code, stderr } = await runCommand('train', args, temporary.path);
  expect([code, existsSync(at('astray/model.safetensors'))]).toEqual([1, false]);
  expect(stderr).toMatch(/^error: the loss on the test images is NaN after epoch 1[^\n]*\n$/);
});
