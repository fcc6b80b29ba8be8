import { createHash } from 'node:crypto';
import { cpSync, linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { runCommand, temporaryFolder } from '../../support/command.js';
import { trainedRun } from '../../support/trainedRun.js';

const temporary = temporaryFolder();
const at = (...names: string[]) => join(temporary.path, ...names);
const weights = 'run/model.safetensors';
const labels = 'data/t10k-labels-idx1-ubyte.gz';
const hash = (path: string) =>
  createHash('sha256')
    .update(readFileSync(at(path)))
    .digest('hex');

beforeAll(async () => {
  await trainedRun(temporary.path);
  writeFileSync(at('space.json'), '{"lr":{"low":0.01,"high":0.1}}');
  writeFileSync(at('config.json'), '{"lr":0.01}');
});

beforeEach(() => {
  for (const name of ['links', 'study', 'other']) rmSync(at(name), { recursive: true, force: true });
  for (const name of ['links', 'study', 'other']) mkdirSync(at(name));
});

/** Makes a link in a folder for links, and tells its name. */
function linked(link: typeof linkSync | typeof symlinkSync, path: string): string {
  link(at(path), at('links/link'));
  return 'links/link';
}

/** Ways to name a file, made when they are asked for. */
const names: readonly [string, (path: string) => string][] = [
  ['by its name', (path) => path],
  ['by another path', (path) => `./links/../${path}`],
  ['by its absolute path', (path) => at(path)],
  ['by a symbolic link', (path) => linked(symlinkSync, path)],
  ['by a hard link', (path) => linked(linkSync, path)],
  ['through a link to its folder', (path) => join(linked(symlinkSync, dirname(path)), basename(path))],
];

describe.each(names)('an output that is the input %s is refused with exit code 2, and the input stays:', (_, named) => {
  const expectRefused = async (
    command: Parameters<typeof runCommand>[0],
    input: string,
    option: string,
    args: readonly string[],
  ) => {
    const before = hash(input);
    const { code, stdout, stderr } = await runCommand(command, args, temporary.path);
    expect([code, stdout, hash(input)]).toEqual([2, '', before]);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toContain(option);
  };

  it('export --out on the weights', () =>
    expectRefused('export', weights, '--out', ['--weights', weights, '--out', named(weights)]));

  it.each([weights, labels, 'data/train-images-idx3-ubyte.gz'])('evaluate --predictions on %s', (input) =>
    expectRefused('evaluate', input, '--predictions', [
      '--data',
      'data',
      '--weights',
      weights,
      '--predictions',
      named(input),
    ]),
  );
});

it.each(['best.json', 'study.html'])('tune refuses a folder whose %s is its --space', async (name) => {
  cpSync(at('space.json'), at('study', name));
  const before = hash(`study/${name}`);
  const args = ['--data', 'data', '--space', `study/${name}`, '--out', 'study', '--trials', '1'];
  const { code, stderr } = await runCommand('tune', args, temporary.path);
  expect([code, stderr, hash(`study/${name}`)]).toEqual([
    2,
    expect.stringMatching(/^error: --out: [^\n]*--space[^\n]*\n$/),
    before,
  ]);
});

it('train refuses a folder in which metrics.jsonl is a link to its data or its --config', async () => {
  for (const input of [labels, 'config.json']) {
    rmSync(at('other/metrics.jsonl'), { force: true });
    symlinkSync(at(input), at('other/metrics.jsonl'));
    const before = hash(input);
    const args = ['--data', 'data', '--config', 'config.json', '--out', 'other'];
    const { code, stderr } = await runCommand('train', args, temporary.path);
    expect([code, stderr, hash(input)]).toEqual([2, expect.stringMatching(/^error: --out: [^\n]*\n$/), before]);
  }
});

it('outputs beside the inputs, and over files that are no inputs, are written', async () => {
  writeFileSync(at('data/predictions.txt'), 'old');
  const predictions = ['--data', 'data', '--weights', weights, '--predictions', 'data/predictions.txt'];
  expect((await runCommand('evaluate', predictions, temporary.path)).code).toBe(0);
  expect(readFileSync(at('data/predictions.txt'), 'utf8')).toMatch(/^(\d\n){10}$/);
});
