import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { channelScales } from '../../src/data/normalization.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.js';
import { BatchNorm2d, Conv2d, Flatten, Linear, Model, ReLU, Sequential } from '../../src/index.js';
import { saveModel } from '../../src/node.js';
import { jsonLines, type Outcome, runCommand, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';
import { readOnnx, runOnnx } from '../support/onnx.js';

const temporary = temporaryFolder();
const digits = { classes: 10, size: 28 };
const test = syntheticDataset(31, { ...digits, sample: 1 });
const model = 'run/model.safetensors';

const exportModel = (...args: string[]) => runCommand('export', args, temporary.path);
const bytesOf = (name: string) => readFileSync(join(temporary.path, name));

beforeAll(async () => {
  await writeMnistFolder(join(temporary.path, 'data'), syntheticDataset(40, digits), test);
  const args = ['--data', 'data', '--batch-size', '10', '--lr', '0.01', '--epochs', '2', '--out', 'run'];
  expect((await runCommand('train', args, temporary.path)).code).toBe(0);
});

describe('export of a model that train wrote', () => {
  let plain: Outcome;
  let json: Outcome;
  beforeAll(async () => {
    plain = await exportModel('--weights', model, '--out', 'model.onnx');
    json = await exportModel('--weights', model, '--out', 'again.onnx', '--json');
  });

  it('exits with 0, says in one line what it wrote and its size, and leaves no other file', () => {
    expect([plain.code, plain.stderr, json.code, json.stderr]).toEqual([0, '', 0, '']);
    expect(plain.stdout).toMatch(/^model\.onnx: .*opset 17.* 17\.1 MB\n$/);
    expect(jsonLines(json.stdout)).toEqual([
      { event: 'export', file: 'again.onnx', bytes: bytesOf('again.onnx').length },
    ]);
    expect(readdirSync(temporary.path).toSorted()).toEqual(['again.onnx', 'data', 'model.onnx', 'run']);
  });

  it('gives the same bytes each time', () => {
    expect(bytesOf('again.onnx').equals(bytesOf('model.onnx'))).toBe(true);
  });

  it('says all that the model file says but the graph, in the same words', () => {
    const { format, graph, ...said } = Object.fromEntries(decodeSafetensors(bytesOf(model)).metadata);
    const found = Object.fromEntries(readOnnx(bytesOf('model.onnx')).metadata);
    expect(found).toMatchObject(said);
    expect(JSON.parse(found.classes)).toHaveLength(10);
    expect(JSON.parse(found.transform)).toEqual({ type: 'lightOnDark', height: 28, width: 28 });
  });

  it('in onnxruntime-web the file gives all 31 predictions of evaluate', async () => {
    const args = ['--weights', model, '--data', 'data', '--predictions', 'run/predictions.txt'];
    expect((await runCommand('evaluate', args, temporary.path)).code).toBe(0);
    const { mean, std } = Object.fromEntries(readOnnx(bytesOf('model.onnx')).metadata);
    const input = Float32Array.from(test.inputs, (pixel) => (pixel / 255 - Number(mean)) / Number(std));
    const logits = await runOnnx(bytesOf('model.onnx'), input, [31, 1, 28, 28]);
    const rows = Array.from({ length: 31 }, (_, i) => logits.subarray(10 * i, 10 * i + 10));
    const predictions = rows.map((row) => row.indexOf(Math.max(...row)));
    expect(`${predictions.join('\n')}\n`).toBe(bytesOf('run/predictions.txt').toString());
    expect(new Set(predictions).size).toBeGreaterThan(1);
  });
});

describe('export refuses with one line and nothing on stdout, and leaves an older file as it was:', () => {
  beforeAll(() => {
    const { tensors, metadata } = decodeSafetensors(bytesOf(model));
    tensors.delete('classifier.3.bias');
    writeFileSync(join(temporary.path, 'part.safetensors'), encodeSafetensors(tensors, Object.fromEntries(metadata)));
    writeFileSync(join(temporary.path, 'old.onnx'), 'old');
  });

  it.each<[string, string[], number, string]>([
    ['a missing weights file', ['--weights', 'missing', '--out', 'old.onnx'], 1, 'missing'],
    ['weights without a bias', ['--weights', 'part.safetensors', '--out', 'old.onnx'], 1, 'classifier.3.bias'],
    ['a folder that is not there', ['--weights', model, '--out', 'no/model.onnx'], 1, 'no/model.onnx'],
    ['the weights as what to write', ['--weights', model, '--out', `./${model}`], 2, '--out'],
    ['no --weights', ['--out', 'old.onnx'], 2, '--weights'],
    ['no --out', ['--weights', model], 2, '--out'],
    ['--workers, which it has no use for', ['--weights', model, '--out', 'old.onnx', '--workers', '1'], 2, '--workers'],
  ])('%s', async (_what, args, exitCode, part) => {
    const before = bytesOf(model);
    const { code, stdout, stderr } = await exportModel(...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(part);
    expect(bytesOf('old.onnx').toString()).toBe('old');
    expect(bytesOf(model).equals(before)).toBe(true);
  });
});

it('of a colour model the file alone says how pixels become inputs, and names the 9 classes that predict finds in onnxruntime-web', async () => {
  const classes = ['cat', 'dog “é”', 'cow'];
  const network = new Sequential([
    new Conv2d(3, 6, 3),
    new BatchNorm2d(6),
    new ReLU(),
    new Flatten(),
    new Linear(216, 3),
  ]);
  const colour = new Model(network, { inputShape: [3, 8, 8], batchSize: 9, seed: 3 });
  const scaling = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  const transform = { type: 'resizeCrop', channels: 3, resize: 9, crop: [8, 8] } as const;
  await saveModel(join(temporary.path, 'colour'), colour, { classes, normalization: scaling, transform });
  expect(await exportModel('--weights', 'colour', '--out', 'colour.onnx')).toMatchObject({ code: 0, stderr: '' });

  const said = Object.fromEntries(readOnnx(bytesOf('colour.onnx')).metadata);
  expect(JSON.parse(said.transform)).toEqual(transform);
  const [means, deviations] = [said.mean, said.std].map((text) => text.split(',').map(Number));
  const pixels = syntheticDataset(9, { classes: 9, channels: 3, size: 8 }).inputs;
  const channelOf = (i: number) => Math.floor(i / 64) % 3;
  const input = Float32Array.from(pixels, (pixel, i) => (pixel / 255 - means[channelOf(i)]) / deviations[channelOf(i)]);
  const logits = await runOnnx(bytesOf('colour.onnx'), input, [9, 3, 8, 8]);
  const rows = Array.from({ length: 9 }, (_, n) => logits.subarray(3 * n, 3 * n + 3));
  const named = rows.map((row) => JSON.parse(said.classes)[row.indexOf(Math.max(...row))]);
  const scales = channelScales(scaling, 3);
  const own = colour.eval().predict(Float32Array.from(pixels, (pixel, i) => scales[channelOf(i)].bytes[pixel]));
  expect(named).toEqual([...own.classes].map((label) => classes[label]));
  expect(new Set(named).size).toBeGreaterThan(1);
});

it('--mean and --std go into the metadata, whatever the model file says', async () => {
  const args = ['--weights', model, '--out', 'scaled.onnx', '--mean', '0.5', '--std', '0.25'];
  expect(await exportModel(...args)).toMatchObject({ code: 0, stderr: '' });
  const { mean, std } = Object.fromEntries(readOnnx(bytesOf('scaled.onnx')).metadata);
  expect([mean, std]).toEqual(['0.5', '0.25']);
});

it('export --help names its options and no others', async () => {
  const { code, stdout } = await exportModel('--help');
  expect(code).toBe(0);
  expect([...stdout.matchAll(/^ +--([a-z-]+)/gm)].map(([, name]) => name)).toEqual([
    'version',
    'json',
    'weights',
    'network',
    'input-shape',
    'out',
    'mean',
    'std',
    'help',
  ]);
});
