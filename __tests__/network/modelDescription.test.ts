import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { version } from '../../src/formats/version.js';
import { Conv2d, Flatten, Linear, Model, Sequential } from '../../src/index.js';
import { inputNormalization } from '../../src/network/modelDescription.js';
import { loadModel, loadSafetensors, type SaveModelOptions, saveModel, saveSafetensors } from '../../src/node.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-description-'));
  path = join(folder, 'model.safetensors');
});
afterAll(() => rm(folder, { recursive: true }));

const refusal = async (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    ({ code, message }) => `${code}: ${message}`,
  );

const network = new Sequential([new Conv2d(3, 2, 3), new Flatten(), new Linear(24, 2)]);
const model = new Model(network, { inputShape: [3, 5, 6], batchSize: 1 });
const description = {
  classes: ['cat', 'dog'],
  normalization: { mean: [0.485, 0.456, 0.406], std: 0.25 },
  transform: { type: 'resizeCrop', channels: 3, resize: 7, crop: [5, 6] },
  testTimeFlip: true,
  testTimeShift: 2,
  recipe: { network: 'resnet18', lr: 0.05, freeze: ['layer1', 'é'], augmentation: { flip: null } },
} as const satisfies SaveModelOptions;

describe('the description of a model in its file', () => {
  it('comes back as it was given, with the version of heddle, and may be saved with another model as it came', async () => {
    await saveModel(path, model, description);
    const { model: loaded, ...found } = await loadModel(path);
    expect(found).toEqual({ ...description, version });
    await saveModel(path, loaded, { ...found, version: '0.0.1' });
    expect(await loadModel(path)).toMatchObject({ ...description, version: '0.0.1' });
  });

  it('is plain text in the metadata', async () => {
    await saveModel(path, model, description);
    const { metadata } = await loadSafetensors(path);
    const { graph, ...texts } = Object.fromEntries(metadata);
    expect(JSON.parse(graph)).toEqual(model.graph);
    expect(texts).toEqual({
      format: 'pt',
      version,
      classes: '["cat","dog"]',
      mean: '0.485,0.456,0.406',
      std: '0.25',
      transform: '{"type":"resizeCrop","channels":3,"resize":7,"crop":[5,6]}',
      testTimeFlip: 'true',
      testTimeShift: '2',
      recipe: '{"network":"resnet18","lr":0.05,"freeze":["layer1","é"],"augmentation":{"flip":null}}',
    });
  });

  it.each<[string, object, RegExp]>([
    [
      'a transform to another size',
      { transform: { ...description.transform, crop: [6, 5] } },
      /\[3, 5, 6\].*\[3, 6, 5\]/,
    ],
    ['a transform of no type', { transform: { height: 5, width: 6 } }, /transform\.type.*resizeCrop, lightOnDark/],
    ['a recipe with a number that JSON has not', { recipe: { lr: Infinity } }, /recipe: .*Infinity at recipe\.lr/],
    ['a recipe that is a list', { recipe: [1] }, /recipe must be an object, not a list of 1/],
    ['a flip that is a text', { testTimeFlip: 'true' }, /testTimeFlip must be true or false/],
    ['a shift by half a pixel', { testTimeShift: 0.5 }, /testTimeShift must be a whole number/],
    [
      'a shift by as many pixels as the image has',
      { testTimeShift: 5 },
      /testTimeShift must be at most 4 for inputs of shape \[3, 5, 6\], not 5/,
    ],
    ['a version that is a number', { version: 2 }, /version must be a string/],
    ['one more name than outputs', { classes: ['a', 'b', 'c'] }, /names of 2 classes.*found 3/],
    ['means of two channels', { normalization: { mean: [0, 1], std: 1 } }, /each of the 3 channels/],
  ])('is not written with %s: ARGUMENT', async (_, changes, message) => {
    const none = join(folder, 'none.safetensors');
    const found = await refusal(saveModel(none, model, { ...description, ...changes } as SaveModelOptions));
    expect(found).toMatch(/^ARGUMENT: /);
    expect(found).toMatch(message);
    expect(await refusal(loadModel(none))).toMatch(/^FILE: /);
  });

  it.each<[string, string, string, RegExp]>([
    ['a transform to another size', 'transform', '{"type":"lightOnDark","height":5,"width":6}', /found .*\[1, 5, 6\]/],
    ['a transform that is a text', 'transform', '"resizeCrop"', /transform\.type must be one of/],
    ['a transform that is null', 'transform', 'null', /transform\.type must be one of/],
    [
      'a transform with a field more',
      'transform',
      '{"type":"lightOnDark","height":5,"width":6,"x":1}',
      /no option 'x'/,
    ],
    ['a crop of 10^9 pixels', 'transform', '{"type":"lightOnDark","height":5,"width":1000000000}', /width must be/],
    ['a recipe that is no JSON', 'recipe', '{lr:1}', /metadata 'recipe': expected JSON/],
    ['a recipe that is a text', 'recipe', '"best"', /recipe must be an object/],
    ['a recipe 33 deep', 'recipe', `{"a":${'['.repeat(33)}${']'.repeat(33)}}`, /recipe: .*that deep/],
    ['a flip that is neither true nor false', 'testTimeFlip', '1', /testTimeFlip must be true or false/],
    ['a shift that is a text', 'testTimeShift', '"1"', /testTimeShift must be a whole number/],
    ['a shift by more pixels than the image has', 'testTimeShift', '7', /testTimeShift must be at most 4/],
  ])('with %s is refused by the file’s name: FORMAT', async (_, key, text, message) => {
    await saveModel(path, model, description);
    const { tensors, metadata } = await loadSafetensors(path);
    await saveSafetensors(path, tensors, new Map([...metadata, [key, text]]));
    const found = await refusal(loadModel(path));
    expect(found).toMatch(/^FORMAT: .*model\.safetensors: /);
    expect(found).toMatch(message);
  });
});

describe('inputNormalization', () => {
  it.each([
    ['0.2860', '0.3530', 0.286, 0.353],
    ['-1e-3', '2E+1', -0.001, 20],
    ['0.485,0.456,0.406', '0.25', [0.485, 0.456, 0.406], 0.25],
    ['0', '0.229,0.224,0.225', 0, [0.229, 0.224, 0.225]],
  ])('reads mean %s and std %s', (mean, std, ...values) => {
    const found = inputNormalization(new Map(Object.entries({ mean, std })));
    expect([found?.mean, found?.std]).toEqual(values);
  });

  it('finds none in the metadata of a file from elsewhere', () => {
    expect(inputNormalization(new Map([['format', 'pt']]))).toBeUndefined();
  });

  it.each<Record<string, string>>([
    { mean: '0.5' },
    { std: '0.5' },
    { mean: '', std: '1' },
    { mean: ' ', std: '1' },
    { mean: '0x10', std: '1' },
    { mean: 'NaN', std: '1' },
    { mean: '1e999', std: '1' },
    { mean: '0', std: '0' },
    { mean: '0', std: '-1' },
    { mean: '0', std: 'Infinity' },
    { mean: '0', std: '1e-400' },
    { mean: '0,', std: '1' },
    { mean: '0', std: '1,0' },
  ])('refuses %j as FORMAT', (metadata) => {
    expect(() => inputNormalization(new Map(Object.entries(metadata)))).toThrow(
      expect.objectContaining({ code: 'FORMAT', message: expect.stringContaining('above 0') }),
    );
  });
});
