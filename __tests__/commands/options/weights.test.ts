import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { pngFile } from '../../../benchmarks/checks/fuzz/png.js';
import { loadWeights } from '../../../src/commands/options/weights.js';
import { fashionMnistClasses } from '../../../src/datasets/fashionMnistClasses.js';
import { fashionNetInput } from '../../../src/fashionMnist/network.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../../src/formats/safetensors.js';
import { Conv2d, Flatten, Linear, Model, type Module, Sequential } from '../../../src/index.js';
import { lenet5 } from '../../../src/networks.js';
import { saveModel, saveSafetensors } from '../../../src/node.js';
import { jsonLines, runCommand, temporaryFolder } from '../../support/command.js';
import { readOnnx } from '../../support/onnx.js';
import { trainedRun } from '../../support/trainedRun.js';

const temporary = temporaryFolder();
const at = (name: string) => join(temporary.path, name);
beforeAll(() => trainedRun(temporary.path, 'fashion'));

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
    const { stdout } = await own('predict', '--data', 'data', '--index', '0', '--json', '--top', String(outputs));
    const { top } = jsonLines(stdout)[0] as { top: { class: string; probability: number }[] };
    const names = top.map((each) => each.class).toSorted((a, b) => Number(a) - Number(b));
    expect(names).toEqual(Array.from({ length: outputs }, (_, label) => String(label)));
    expect(top.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
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

describe('of any network', () => {
  const network = (classes: number) =>
    new Sequential({ conv: new Conv2d(3, 2, 3), flat: new Flatten(), head: new Linear(24, classes) });
  const model = new Model(network(4), { inputShape: [3, 5, 6], batchSize: 1 });
  const lenet = new Model(lenet5({ numClasses: 7 }), { inputShape: [1, 28, 28], batchSize: 1 });
  const scaling = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

  it('a model file says all: network, input, transform, scaling, classes and flip', async () => {
    const transform = { type: 'resizeCrop', channels: 3, resize: 8, crop: [5, 6] } as const;
    const said = { classes: ['a', 'b', 'c', 'd'], normalization: scaling, transform, testTimeFlip: true };
    await saveModel(at('all.safetensors'), model, said);
    const found = await loadWeights({ weights: at('all.safetensors') });
    expect(found).toMatchObject({ ...said, network: model.graph, inputShape: [3, 5, 6], layerModules: [], note: '' });
    const given = await loadWeights({ weights: at('all.safetensors'), mean: [0, 0.5, 1], std: 2 });
    expect(given).toMatchObject({ ...said, normalization: { mean: [0, 0.5, 1], std: 2 } });
    const { tensors, metadata } = decodeSafetensors(readFileSync(at('all.safetensors')));
    await saveSafetensors(at('all.safetensors'), tensors, new Map([...metadata, ['mean', 'none']]));
    expect(await loadWeights({ weights: at('all.safetensors'), mean: [0, 0.5, 1], std: 2 })).toEqual(given);
    await expect(loadWeights({ weights: at('all.safetensors') })).rejects.toMatchObject({ code: 'FORMAT' });
  });

  it('one that says nothing of pictures gets colours as torchvision crops them, and greys light on dark', async () => {
    await saveModel(at('bare.safetensors'), model, { normalization: scaling });
    const { transform } = await loadWeights({ weights: at('bare.safetensors') });
    expect(transform).toEqual({ type: 'resizeCrop', channels: 3, resize: 6, crop: [5, 6] });
    const grey = new Model(new Sequential([new Flatten()]), { inputShape: [1, 3, 4], batchSize: 1 });
    await saveModel(at('bare.safetensors'), grey, { normalization: { mean: 0, std: 1 } });
    const found = await loadWeights({ weights: at('bare.safetensors') });
    expect(found.transform).toEqual({ type: 'lightOnDark', height: 3, width: 4 });
  });

  it('a state dict of PyTorch is of --network, with as many classes as it has, for --input-shape', async () => {
    await saveSafetensors(at('plain.safetensors'), lenet.stateDict());
    const plain = { weights: at('plain.safetensors'), network: 'lenet5', mean: 0.5, std: 0.5 };
    const found = await loadWeights(plain);
    expect(found).toMatchObject({ inputShape: [1, 28, 28], classes: undefined, note: '' });
    const loaded = new Model(found.network as Module, { inputShape: [1, 28, 28], batchSize: 1 });
    loaded.loadStateDict(found.tensors);
    expect([loaded.outputShape, found.transform]).toEqual([[7], { type: 'lightOnDark', height: 28, width: 28 }]);
    const resnet = await loadWeights({ ...plain, network: 'resnet18', inputShape: [3, 64, 32] });
    expect(resnet.transform).toEqual({ type: 'resizeCrop', channels: 3, resize: 64, crop: [64, 32] });
    expect((await loadWeights({ ...plain, network: 'resnet18' })).inputShape).toEqual([3, 224, 224]);
  });

  it('a file of JavaScript may say whose they are, and worker threads import it', async () => {
    const heddle = pathToFileURL('dist/index.js');
    const text = `import { Flatten, Linear, Sequential } from '${heddle}';
export default ({ numClasses }) => new Sequential([new Flatten(), new Linear(6, numClasses)]);`;
    writeFileSync(at('mine.mjs'), text);
    const mine = new Model(new Sequential([new Flatten(), new Linear(6, 9)]), { inputShape: [1, 2, 3], batchSize: 1 });
    await saveSafetensors(at('plain.safetensors'), mine.stateDict(), { mean: '0.5', std: '2', classes: '["a"]' });
    const given = { weights: at('plain.safetensors'), network: at('mine.mjs'), inputShape: [1, 2, 3] };
    const { network: made, ...found } = await loadWeights(given);
    expect(found).toMatchObject({
      layerModules: [at('mine.mjs')],
      normalization: { mean: 0.5, std: 2 },
      classes: ['a'],
    });
    expect(new Model(made as Module, { inputShape: [1, 2, 3], batchSize: 1 }).outputShape).toEqual([9]);
  });

  it('those of the Fashion-MNIST network have its classes and, with a note, its scaling', async () => {
    const run = decodeSafetensors(readFileSync(at('run/model.safetensors')));
    await saveSafetensors(at('plain.safetensors'), run.tensors);
    const found = await loadWeights({ weights: at('plain.safetensors'), network: 'fashion' });
    expect(found).toMatchObject({ classes: fashionMnistClasses, normalization: { mean: 0.286, std: 0.353 } });
    expect(found.note).toMatch(/^note: /);
  });

  it.each<[string, object, RegExp]>([
    ['no network', {}, /^ARGUMENT: .*plain\.safetensors does not say which network .* --network resnet18/],
    [
      'a network and no scaling',
      { network: 'lenet5' },
      /^ARGUMENT: .*plain\.safetensors does not say how .*--mean 0\.485/,
    ],
    ['no such network', { network: 'lenet6' }, /^ARGUMENT: --network lenet6: expected fashion, lenet5/],
    [
      'scaling of other channels',
      { network: 'lenet5', mean: [1, 2], std: 1 },
      /^ARGUMENT: --mean and --std: .*1 channels/,
    ],
  ])('is refused with %s, in the words of the command line', async (_, settings, message) => {
    await saveSafetensors(at('plain.safetensors'), lenet.stateDict());
    const found = loadWeights({ weights: at('plain.safetensors'), ...settings }).then(
      () => 'loaded',
      ({ code, message: text }) => `${code}: ${text}`,
    );
    expect(await found).toMatch(message);
  });

  it('an --input-shape is refused where the file says it', async () => {
    await saveModel(at('all.safetensors'), model, { normalization: scaling });
    await expect(loadWeights({ weights: at('all.safetensors'), inputShape: [3, 5, 6] })).rejects.toMatchObject({
      code: 'ARGUMENT',
      message: '--input-shape is for the network of --network; leave it away',
    });
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
