import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { jpegFiles } from '../../benchmarks/checks/fuzz/jpegFiles.js';
import { pngFile } from '../../benchmarks/checks/fuzz/png.js';
import { fashionMnistClasses as names } from '../../src/datasets/fashionMnistClasses.js';
import { fashionNet, fashionNetInput } from '../../src/fashionMnist/network.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.js';
import { Model } from '../../src/network/model.js';
import { saveModel } from '../../src/node.js';
import { commandPath, jsonLines, outcomeOf, runCommand, startProcess, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';

const temporary = temporaryFolder();
const file = (name: string) => join(temporary.path, name);
const test = syntheticDataset(11, { classes: 10, size: 28 });
// Black borders, and one image more than classes, so that class and place differ.
for (let n = 0; n < 11; n++)
  for (let p = 0; p < 784; p++) if (p % 28 === 0 || p % 28 === 27 || p < 28 || p >= 756) test.inputs[n * 784 + p] = 0;
const pixels = (n: number) => [...test.inputs.subarray(n * 784, (n + 1) * 784)];
const png = (samples: readonly number[]) => pngFile({ width: 28, height: 28, colourType: 0, depth: 8, samples });
const mean = 0.25;
const std = 0.5;
const model = new Model(fashionNet(), { inputShape: fashionNetInput, batchSize: 1, seed: 5, kernels: 'simd' });

const predict = (...args: string[]) => runCommand('predict', ['--weights', 'model', ...args], temporary.path);

/** Softmax of the model's output for one of the test images. */
function probabilities(n: number): number[] {
  const input = Float32Array.from(pixels(n), (value) => (value / 255 - mean) / std);
  const logits = [...model.eval().forward(input).data.subarray(0, 10)];
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
}

beforeAll(async () => {
  await writeMnistFolder(file('data'), test, test);
  // Untrained outputs hardly differ: larger weights at the end tell images and classes apart.
  const state = model.stateDict();
  const last = state.get('classifier.3.weight')?.data as Float32Array;
  for (let i = 0; i < last.length; i++) last[i] *= 40;
  await saveModel(file('model'), model, { classes: names, normalization: { mean, std } });
  for (let n = 0; n < 3; n++) writeFileSync(file(`dark${n}.png`), png(pixels(n)));
  writeFileSync(file('light.png'), png(pixels(2).map((value) => 255 - value)));
  writeFileSync(file('gradient.jpeg'), jpegFiles[0].bytes);
  writeFileSync(file('cut.png'), png(pixels(0)).subarray(0, 200));
  writeFileSync(file('text.png'), 'text\n');
});

describe('predict --json', () => {
  let events: Record<string, unknown>[];
  beforeAll(async () => {
    const args = ['dark2.png', 'light.png', 'gradient.jpeg', '--index', '2,10', '--index', '0', '--data', 'data'];
    const { code, stdout, stderr } = await predict(...args, '--json', '--top', '10');
    expect([code, stderr]).toEqual([0, '']);
    events = jsonLines(stdout);
  });

  it('prints one object for each picture and then for each index, in their order', () => {
    expect(events.map(({ event, file, index }) => [event, file ?? index])).toEqual(
      ['dark2.png', 'light.png', 'gradient.jpeg', 2, 10, 0].map((source) => ['prediction', source]),
    );
  });

  it('has the probabilities of the --top classes within 1e-7 of the model’s, the most likely first', () => {
    for (const [place, n] of [2, 10, 0].entries()) {
      const expected = probabilities(n);
      const event = events[3 + place];
      const top = event.top as { class: string; probability: number }[];
      const order = names.toSorted((a, b) => expected[names.indexOf(b)] - expected[names.indexOf(a)]);
      expect(top.map((one) => one.class)).toEqual(order);
      for (const one of top) expect(Math.abs(one.probability - expected[names.indexOf(one.class)])).toBeLessThan(1e-7);
      expect(event).toMatchObject({ ...top[0], trueClass: names[n % 10] });
    }
    expect(probabilities(2)).not.toEqual(probabilities(0));
  });

  it('gives a 28×28 picture with the pixels of a test image its probabilities to the bit, and its negative too, inverted', () => {
    const { top } = events[3];
    expect(events.slice(0, 2).map((event) => event.top)).toEqual([top, top]);
    expect(events.slice(0, 2).map(({ inverted }) => inverted)).toEqual([false, true]);
  });

  it('gives the same with --kernels reference and another number of --workers, to the bit, and within 1e-4 with --conv im2col', async () => {
    const args = ['dark2.png', '--json', '--top', '10'];
    const [reference, im2col] = await Promise.all([
      predict(...args, '--kernels', 'reference', '--workers', '3'),
      predict(...args, '--conv', 'im2col'),
    ]);
    expect(jsonLines(reference.stdout)).toEqual(events.slice(0, 1));
    const [{ probability }] = jsonLines(im2col.stdout);
    expect(Math.abs((probability as number) - (events[0].probability as number))).toBeLessThan(1e-4);
  });
});

describe('predict as text', () => {
  it('names picture and class, says that it inverted, and draws 14 lines with three classes, the most likely first', async () => {
    const args = ['dark2.png', 'light.png', '--index', '2', '--data', 'data', '--unsure', '0'];
    const { code, stdout, stderr } = await predict(...args);
    expect([code, stderr]).toEqual([0, '']);
    const expected = probabilities(2);
    const order = names.toSorted((a, b) => expected[names.indexOf(b)] - expected[names.indexOf(a)]);
    const headings = [
      `dark2.png: ${order[0]}`,
      `light.png: ${order[0]} (inverted)`,
      `test image 2: ${order[0]} (true class: ${names[2]})`,
    ];
    const blocks = stdout.split('\n\n').map((block) => block.split('\n'));
    expect(blocks.map(([heading]) => heading)).toEqual([...headings, '']);
    for (const [, ...drawn] of blocks.slice(0, 3)) {
      expect(drawn).toHaveLength(14);
      const rows = drawn.map((line) => line.slice(30)).filter(Boolean);
      const shown = rows.map((row) => /^(.+?)\s+(\d+\.\d\d)%\s*(█*)$/.exec(row)?.slice(1) ?? []);
      const wanted = order.slice(0, 3).map((name) => {
        const probability = expected[names.indexOf(name)];
        return [name, (100 * probability).toFixed(2), '█'.repeat(Math.round(14 * probability))];
      });
      expect(shown).toEqual(wanted);
      expect(drawn.join('')).toMatch(/[%@]/);
    }
    expect(stdout).not.toContain('\u001b');
  });

  it.each([
    ['COLORTERM=truecolor', '\u001b[38;2;'],
    ['NO_COLOR=1', undefined],
  ])('on a terminal with %s the picture has colours %s', async (environment, code) => {
    const command = `env -u NO_COLOR -u FORCE_COLOR -u COLORTERM -u TMUX -u CI ${environment} "${process.execPath}" "${commandPath('predict')}" --weights model dark0.png`;
    const { stdout } = await outcomeOf(startProcess('script', ['-qec', command, '/dev/null'], temporary.path));
    expect(stdout).toContain('dark0.png: ');
    if (code) expect(stdout.split(code)).toHaveLength(1 + 784 / 2);
    else expect(stdout).not.toContain('\u001b');
    expect(stdout.includes('▀')).toBe(code !== undefined);
  });
});

it('predict goes on behind pictures that are missing, text or cut short, and empty folders: a line for each, with --json an object too, and exit code 1', async () => {
  mkdirSync(file('empty'));
  const bad = {
    'missing.png': 'no such file',
    empty: 'PNG or JPEG files; found none',
    'text.png': '74 65 78 74',
    'cut.png': 'cut short',
  };
  const { code, stdout, stderr } = await predict('dark0.png', ...Object.keys(bad), 'dark1.png', '--json');
  expect(code).toBe(1);
  const events = jsonLines(stdout);
  expect(events.map((event) => [event.event, event.file])).toEqual([
    ['prediction', 'dark0.png'],
    ...Object.keys(bad).map((name) => ['error', name]),
    ['prediction', 'dark1.png'],
  ]);
  const lines = stderr.split('\n').slice(0, -1);
  expect(lines).toEqual(events.slice(1, 5).map(({ error }) => `error: ${error}`));
  for (const [i, [name, part]] of Object.entries(bad).entries())
    for (const text of [name, part]) expect(lines[i]).toContain(text);
});

it.each<[string, number, string[], string]>([
  ['no pictures', 2, [], '--index'],
  ['an index that is not there', 2, ['dark0.png', '--index', '1,11', '--data', 'data'], 'from 0 to 10'],
  ['an index that is no number', 2, ['--index', '1,x'], '--index'],
  ['an empty index', 2, ['--index', '1,'], '--index'],
  ['a negative index', 2, ['--index', '-1'], '--index'],
  ['an unknown option', 2, ['dark0.png', '--wide'], '--wide'],
  ['a --top of none', 2, ['dark0.png', '--top', '0'], '--top'],
  ['an --unsure that is no probability', 2, ['dark0.png', '--unsure', '60'], '--unsure'],
  ['missing data', 1, ['dark0.png', '--index', '1', '--data', 'no'], 'cannot read no'],
])('predict refuses %s with one line, exit code %d and nothing on stdout', async (_, exit, args, part) => {
  const { code, stdout, stderr } = await predict(...args);
  expect([code, stdout]).toEqual([exit, '']);
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect(stderr).toContain(part);
});

it('predict refuses weights that are missing, damaged or not finite, with one line and exit code 1', async () => {
  writeFileSync(file('damaged'), readFileSync(file('model')).subarray(0, -1));
  const { tensors, metadata } = decodeSafetensors(readFileSync(file('model')));
  (tensors.get('classifier.3.bias')?.data as Float32Array)[3] = Number.NaN;
  writeFileSync(file('nan'), encodeSafetensors(tensors, Object.fromEntries(metadata)));
  for (const [weights, part] of [
    ['none', 'none'],
    ['damaged', 'damaged'],
    ['nan', 'not finite'],
  ]) {
    const { code, stdout, stderr } = await runCommand('predict', ['--weights', weights, 'dark0.png'], temporary.path);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(part);
  }
});

it('predict --help fits 80 columns and tells how pictures become inputs, of inversion and the exit code', async () => {
  const { code, stdout } = await predict('--help');
  expect(code).toBe(0);
  const parts = [
    'pictures...',
    '--weights',
    '--index',
    '--json',
    '--top',
    '--unsure',
    'resized',
    'inverted',
    'the exit code is 1',
  ];
  for (const part of parts) expect(stdout).toContain(part);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
