import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { pngFile } from '../../benchmarks/checks/fuzz/png.js';
import { imageFolder } from '../../dist/node.js';
import { Conv2d, Flatten, Linear, Model, Sequential } from '../../src/index.js';
import { saveModel } from '../../src/node.js';
import { commandPath, jsonLines, outcomeOf, runCommand, startProcess, temporaryFolder } from '../support/command.js';

const temporary = temporaryFolder();
const file = (name: string) => join(temporary.path, name);
const SIZE = 8;
const classes = ['blue', 'green', 'red'];
const normalization = { mean: [0.5, 0.4, 0.3], std: [0.25, 0.5, 0.2] };

/** What the network gives for a class: the sum of its colour's pixels, those on the right more than those on the left. */
const weight = (x: number) => (x + 1) / 64;
/** Red, green and blue are the channels, and the classes the other way round. */
const channelOf = (label: number) => 2 - label;

function colourNetwork(): Model {
  const network = new Sequential([new Flatten(), new Linear(3 * SIZE * SIZE, 3)]);
  const model = new Model(network, { inputShape: [3, SIZE, SIZE], batchSize: 1, kernels: 'simd' });
  const state = model.stateDict();
  const weights = state.get('1.weight')?.data as Float32Array;
  const bias = state.get('1.bias')?.data as Float32Array;
  for (const [i] of weights.entries()) {
    const [label, channel] = [Math.floor(i / (3 * SIZE * SIZE)), Math.floor(i / (SIZE * SIZE)) % 3];
    weights[i] = channel === channelOf(label) ? weight(i % SIZE) : 0;
  }
  bias.fill(0);
  return model;
}

type Colour = readonly [red: number, green: number, blue: number];

/** A picture whose columns go from one colour to another. */
const columns = (from: Colour, to: Colour = from, size = SIZE) =>
  Array.from({ length: size }, (_, x) =>
    from.map((value, c) => Math.round(value + ((to[c] - value) * x) / (size - 1))),
  );

function write(name: string, row: readonly (readonly number[])[]): void {
  const samples = row.flatMap(() => row.flat());
  writeFileSync(file(name), pngFile({ width: row.length, height: row.length, colourType: 2, depth: 8, samples }));
}

/** The probabilities by the formula. */
function probabilities(colours: readonly (readonly number[])[], flip = false, shift = 0): number[] {
  // Half of the picture in its place and a quarter each of the shifted ones, which are reflected at their ends.
  const reflected = (x: number) => colours[SIZE - 1 - Math.abs(SIZE - 1 - Math.abs(x))];
  const row = colours.map((_, x) =>
    [0, 1, 2].map((c) => reflected(x)[c] / 2 + reflected(x - shift)[c] / 4 + reflected(x + shift)[c] / 4),
  );
  const logit = (label: number) => {
    const channel = channelOf(label);
    const { mean, std } = normalization;
    return row.reduce((sum, colour, x) => {
      const factor = flip ? (weight(x) + weight(SIZE - 1 - x)) / 2 : weight(x);
      return sum + (SIZE * factor * (colour[channel] / 255 - mean[channel])) / std[channel];
    }, 0);
  };
  const powers = classes.map((_, label) => Math.exp(logit(label)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one));
}

const shades: Record<string, Colour> = { blue: [60, 90, 200], green: [60, 200, 60], red: [180, 60, 40] };
const slope = columns([90, 100, 160], [180, 60, 40]);
const predict = (...args: string[]) => runCommand('predict', ['--weights', 'model', ...args], temporary.path);

/** 14 pictures of each class, one of them a wrong one, and three of no class. */
const setFiles: string[] = [];

beforeAll(async () => {
  const transform = { type: 'resizeCrop', channels: 3, resize: SIZE, crop: [SIZE, SIZE] } as const;
  const description = { classes, normalization, transform };
  await saveModel(file('model'), colourNetwork(), description);
  await saveModel(file('flipping'), colourNetwork(), { ...description, testTimeFlip: true });
  await saveModel(file('shifting'), colourNetwork(), { ...description, testTimeShift: 3 });
  await saveModel(file('both'), colourNetwork(), { ...description, testTimeFlip: true, testTimeShift: 3 });
  write('slope.png', slope);
  write('big.png', columns(shades.red, shades.red, 50));
  write('vague.png', columns([130, 102, 77]));
  for (const name of ['other', ...classes]) {
    mkdirSync(file(`set/${name}/more`), { recursive: true });
    for (let n = 0; n < (name === 'other' ? 3 : 14); n++) {
      const path = `set/${name}/${n % 2 ? 'more/' : ''}${String(n).padStart(2, '0')}.png`;
      const shade = shades[n === 0 ? 'green' : name] ?? shades.red;
      write(path, columns(shade.map((value) => value + n) as unknown as Colour));
      setFiles.push(path);
    }
  }
  // Of a folder its own pictures come before those in its folders.
  const [, ...folders] = ['', 'blue', 'green', 'other', 'red'];
  const place = (path: string) => `${folders.indexOf(path.split('/')[1])}${path.includes('more') ? 1 : 0}${path}`;
  setFiles.sort((a, b) => (place(a) < place(b) ? -1 : 1));
  symlinkSync('.', file('set/red/round'));
  writeFileSync(file('set/red/notes.txt'), 'text');
});

describe('predict with pictures in folders of their classes', () => {
  it('gives 45 of them in order, each with its class and that of its folder, and how many are right; the same by 1 and 3 workers', async () => {
    const [one, three] = await Promise.all(['1', '3'].map((n) => predict('set', '--json', '--workers', n)));
    expect([one.code, one.stderr]).toEqual([0, '']);
    expect(three).toEqual(one);
    const events = jsonLines(one.stdout);
    expect(events.slice(0, -1).map((event) => event.file)).toEqual(setFiles);
    for (const event of events.slice(0, -1)) {
      const [, folder, ...rest] = (event.file as string).split('/');
      const wanted = rest.join('/') === '00.png' ? 'green' : folder === 'other' ? 'red' : folder;
      expect([event.file, event.class]).toEqual([event.file, wanted]);
      expect(event.trueClass).toBe(folder === 'other' ? undefined : folder);
    }
    expect(events.at(-1)).toEqual({
      event: 'summary',
      images: 42,
      right: 40,
      accuracy: 40 / 42,
      classes: [
        { name: 'blue', images: 14, right: 13, accuracy: 13 / 14 },
        { name: 'green', images: 14, right: 14, accuracy: 1 },
        { name: 'red', images: 14, right: 13, accuracy: 13 / 14 },
      ],
    });
  });

  it('as text has a line of at most 80 columns for each, the true class of a wrong one, and the table', async () => {
    const { code, stdout } = await predict('set');
    expect(code).toBe(0);
    const lines = stdout.split('\n').slice(0, -1);
    expect(lines.slice(0, 45).map((line) => line.split(' ')[0])).toEqual(setFiles);
    expect(lines.filter((line) => line.includes('true class'))).toEqual([
      expect.stringMatching(/^set\/blue\/00\.png +green \d+\.\d%.* \(true class: blue\)$/),
      expect.stringMatching(/^set\/red\/00\.png +green \d+\.\d%.* \(true class: red\)$/),
    ]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.slice(45)).toEqual([
      '',
      'right by class',
      '  blue   13 of 14   92.86%',
      '  green  14 of 14  100.00%',
      '  red    13 of 14   92.86%',
      '  all    40 of 42   95.24%',
    ]);
  });

  it('takes a folder that has itself the name of a class for that class, and files and patterns for none', async () => {
    const outcomes = await Promise.all([predict('set/red', '--json'), predict('set/red/0[02].png', '--json')]);
    const [folder, pattern] = outcomes.map(({ stdout }) => jsonLines(stdout));
    expect(folder.map(({ trueClass }) => trueClass)).toEqual([...Array(14).fill('red'), undefined]);
    expect(folder.at(-1)).toMatchObject({ event: 'summary', images: 14, right: 13 });
    expect(pattern.map((event) => [event.file, event.trueClass])).toEqual([
      ['set/red/00.png', undefined],
      ['set/red/02.png', undefined],
    ]);
  });
});

it('predict sees colours, each channel scaled by its own mean and std, within 1e-6 of the formula, and mirrored and shifted too if the model was so tested', async () => {
  const outcomes = await Promise.all(
    ['model', 'flipping', 'shifting', 'both'].map((name) =>
      runCommand('predict', ['--weights', name, 'slope.png', 'big.png', '--json'], temporary.path),
    ),
  );
  const views: (readonly [boolean, number?])[] = [[false], [true], [false, 3], [true, 3]];
  for (const [n, { stdout }] of outcomes.entries()) {
    const events = jsonLines(stdout);
    for (const [i, row] of [slope, columns(shades.red)].entries()) {
      const top = events[i].top as { class: string; probability: number }[];
      const expected = probabilities(row, ...views[n]);
      expect(top).toHaveLength(3);
      for (const { class: name, probability } of top)
        expect(Math.abs(probability - expected[classes.indexOf(name)])).toBeLessThan(1e-6);
      expect(events[i]).toMatchObject({ ...top[0], unsure: top[0].probability < 0.6 });
      expect(Object.keys(events[i])).not.toContain('inverted');
    }
  }
  const reds = views.map((view) => probabilities(slope, ...view)[2]);
  for (const other of [1, 2]) expect(Math.abs(reds[0] - reds[other])).toBeGreaterThan(0.01);
});

it('predict says that it is unsure where the best probability is below --unsure, 0.6 unless given', async () => {
  const best = Math.max(...probabilities(columns([130, 102, 77])));
  expect(best).toBeLessThan(0.6);
  const args = [[], ['--unsure', String(best - 1e-4)], ['--unsure', String(best + 1e-4)]];
  const texts = await Promise.all(args.map((more) => predict('vague.png', ...more)));
  expect(texts.map(({ stdout }) => stdout.includes('unsure'))).toEqual([true, false, true]);
  expect(texts[0].stdout).toMatch(/^vague\.png: unsure, perhaps red\n/);
  const { stdout } = await predict(...Array<string>(9).fill('vague.png'), '--top', '2');
  expect(stdout).toMatch(/^(vague\.png {2}unsure: red \d\d\.\d%, blue \d\d\.\d%\n){9}$/);
});

it('predict draws a picture in its colours on a terminal that has them', async () => {
  const command = `env -u NO_COLOR -u FORCE_COLOR -u TMUX -u CI COLORTERM=truecolor "${process.execPath}" "${commandPath('predict')}" --weights model slope.png`;
  const { stdout } = await outcomeOf(startProcess('script', ['-qec', command, '/dev/null'], temporary.path));
  const [first, last] = [slope[0], slope[SIZE - 1]].map((colour) => colour.join(';'));
  expect(stdout.split(`\u001b[38;2;${first}m\u001b[48;2;${first}m▀`)).toHaveLength(1 + SIZE / 2);
  expect(stdout.split(`\u001b[38;2;${last}m\u001b[48;2;${last}m▀`)).toHaveLength(1 + SIZE / 2);
});

it('predict ends soon after nobody reads its output any more: not all of 1,000 missing pictures are told', async () => {
  const missing = Array.from({ length: 1000 }, (_, n) => `missing${n}.png`).join(' ');
  const command = `"${process.execPath}" "${commandPath('predict')}" --weights model set ${missing} | head -n 1`;
  const { stdout, stderr } = await outcomeOf(startProcess('sh', ['-c', command], temporary.path));
  expect(stdout).toMatch(/^set[^\n]+\n$/);
  expect(stderr.split('\n').length).toBeLessThan(500);
});

it('predict --index takes the pictures of a folder that its training held out, by the seed and share in the model’s file', async () => {
  const options = { seed: 3, testShare: 0.5 };
  const transform = { type: 'resizeCrop', channels: 3, resize: SIZE, crop: [SIZE, SIZE] } as const;
  await saveModel(file('trained'), colourNetwork(), { classes, normalization, transform, recipe: options });
  rmSync(file('set/other'), { recursive: true });
  const { files, test } = await imageFolder(file('set'), { ...options, transform });
  const args = ['--weights', 'trained', '--data', 'set', '--index', '0,20', '--json'];
  const { stdout, stderr } = await runCommand(
    'predict',
    [...args, ...[0, 20].map((n) => `set/${files?.test[n]}`)],
    temporary.path,
  );
  expect(stderr).toBe('');
  const events = jsonLines(stdout);
  expect(events.slice(2).map(({ trueClass }) => trueClass)).toEqual([0, 20].map((n) => classes[test.targets[n]]));
  expect(events.slice(2).map(({ top }) => top)).toEqual(events.slice(0, 2).map(({ top }) => top));
});

it('predict refuses a network that is no classifier of pictures with one line and exit code 2', async () => {
  const two = new Model(new Sequential([new Flatten(), new Linear(8, 3)]), { inputShape: [2, 2, 2], batchSize: 1 });
  const picture = new Model(new Sequential([new Conv2d(3, 3, 1)]), { inputShape: [3, 8, 8], batchSize: 1 });
  for (const [name, model] of Object.entries({ two, picture })) {
    await saveModel(file(name), model);
    const { code, stdout, stderr } = await runCommand(
      'predict',
      ['--weights', name, 'vague.png', '--mean', '0', '--std', '1'],
      temporary.path,
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^error: ${name}: expected a network that tells classes from pictures[^\n]+\n$`));
  }
});
