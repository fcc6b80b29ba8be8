import { readdirSync, readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeSafetensors } from '../../src/formats/safetensors.js';
import { commandPath, jsonLines, outcomeOf, runCommand, startProcess, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';
import { hashByHand } from '../support/hashByHand.js';

/** The state_dict of the specified network in PyTorch: names in order, with their shapes. */
const stateDict: Record<string, number[]> = {
  'block1.0.weight': [64, 1, 3, 3],
  'block1.0.bias': [64],
  ...batchNorm('block1.2', 64),
  'block1.3.weight': [64, 64, 3, 3],
  'block1.3.bias': [64],
  ...batchNorm('block1.5', 64),
  'block2.0.weight': [128, 64, 3, 3],
  'block2.0.bias': [128],
  ...batchNorm('block2.3', 128),
  'block2.4.weight': [128, 128, 3, 3],
  'block2.4.bias': [128],
  ...batchNorm('block2.6', 128),
  'classifier.1.weight': [640, 6272],
  'classifier.1.bias': [640],
  'classifier.3.weight': [10, 640],
  'classifier.3.bias': [10],
};

function batchNorm(name: string, channels: number): Record<string, number[]> {
  return {
    [`${name}.weight`]: [channels],
    [`${name}.bias`]: [channels],
    [`${name}.running_mean`]: [channels],
    [`${name}.running_var`]: [channels],
    [`${name}.num_batches_tracked`]: [],
  };
}

const runFiles = [
  'checkpoint.previous.safetensors',
  'checkpoint.safetensors',
  'config.json',
  'metrics.jsonl',
  'model.safetensors',
];

const temporary = temporaryFolder();
const read = (...path: string[]) => readFileSync(join(temporary.path, ...path));

beforeAll(async () => {
  const digits = { classes: 10, size: 28 };
  const test = syntheticDataset(30, { ...digits, sample: 1 });
  const data = await writeMnistFolder(join(temporary.path, 'data'), syntheticDataset(40, digits), test);
  // The real training set and a short test set.
  const real = await writeMnistFolder(join(temporary.path, 'real'), undefined, test);
  for (const file of readdirSync(fashion).filter((name) => name.startsWith('train')))
    await symlink(join(fashion, file), join(real, file));
  expect(readdirSync(data)).toHaveLength(4);
});
const fashion = fileURLToPath(new URL('../../data/fashion-mnist', import.meta.url));

// Two epochs of two steps of 6 and one of 3 images.
const short = ['--data', 'data', '--limit', '15', '--batch-size', '6', '--lr', '0.01', '--epochs', '2'];
const train = (...args: string[]) => runCommand('train', [...short, ...args], temporary.path);

describe('train --json', () => {
  let events: Record<string, unknown>[];
  let folder: string;
  beforeAll(async () => {
    const { code, stdout, stderr } = await train('--json', '--workers', '2', '--seed', '3');
    expect([code, stderr]).toEqual([0, '']);
    events = jsonLines(stdout);
    [folder] = readdirSync(join(temporary.path, 'runs'));
  });

  it('prints a start, 2 epochs and an end on stdout, each as a JSON object on a line, and nothing else', () => {
    expect(events.map(({ event }) => event)).toEqual(['start', 'epoch', 'epoch', 'end']);
  });

  it('starts with the configuration of the run', () => {
    expect(events[0]).toMatchObject({
      options: { epochs: 2, data: expect.stringMatching(/data$/) },
      batchSize: 6,
      seed: 3,
      workers: 2,
      convolution: 'auto',
    });
    expect(events[0]).toMatchObject({ optimizer: { learningRate: 0.01, momentum: 0, weightDecay: 0 } });
    expect(events[0]).toMatchObject({ trainImages: 15, testImages: 30 });
  });

  it('reports each epoch under exactly the names of the issue, with numbers in their ranges', () => {
    for (const [i, event] of events.slice(1, 3).entries()) {
      const { trainLoss, trainAccuracy, testLoss, testAccuracy, seconds, imagesPerSecond, weightsHash, ...rest } =
        event;
      expect(rest).toEqual({ event: 'epoch', epoch: i + 1 });
      for (const positive of [trainLoss, testLoss, seconds, imagesPerSecond]) expect(positive).toBeGreaterThan(0);
      expect((trainAccuracy as number) * 15).toBeCloseTo(Math.round((trainAccuracy as number) * 15), 9);
      expect((testAccuracy as number) * 30).toBeCloseTo(Math.round((testAccuracy as number) * 30), 9);
      expect(weightsHash).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(events[1].weightsHash).not.toBe(events[2].weightsHash);
  });

  it('writes to runs/DATE-TIME: config.json, metrics.jsonl, model.safetensors and two checkpoints, and says so', () => {
    expect(folder).toMatch(/^\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d$/);
    expect(readdirSync(join(temporary.path, 'runs', folder)).sort()).toEqual(
      runFiles, // and no file of a save half done
    );
    expect(events[3]).toMatchObject({ out: join('runs', folder), interrupted: false });
  });

  it('writes the epochs’ metrics and the configuration that it prints', () => {
    const metrics = jsonLines(read('runs', folder, 'metrics.jsonl').toString());
    expect(metrics.map((line) => ({ event: 'epoch', ...line }))).toEqual(events.slice(1, 3));
    const config = JSON.parse(read('runs', folder, 'config.json').toString());
    expect({ event: 'start', ...config }).toEqual(events[0]);
  });

  it('writes a model with PyTorch’s names, shapes and counters, and the normalisation of its pixels', () => {
    const { tensors, metadata } = decodeSafetensors(read('runs', folder, 'model.safetensors'));
    expect(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual(stateDict);
    for (const [name, { data }] of tensors)
      if (name.endsWith('num_batches_tracked')) expect(data).toEqual(BigInt64Array.of(6n));
    expect(metadata.get('format')).toBe('pt');
    expect([Number(metadata.get('mean')), Number(metadata.get('std'))]).toEqual(
      [events[0].normalization as { mean: number; std: number }].flatMap(({ mean, std }) => [mean, std]),
    );
  });

  it('prints as weightsHash the SHA-256 of that model in state_dict order as float32 little-endian', () => {
    const hash = hashByHand(read('runs', folder, 'model.safetensors'), Object.keys(stateDict));
    expect([events[2].weightsHash, events[3].weightsHash]).toEqual([hash, hash]);
  });

  it.each([
    ['--workers 1', ['--workers', '1', '--seed', '3']],
    ['--workers 3 --kernels simd', ['--workers', '3', '--kernels', 'simd', '--seed', '3']],
    ['--kernels reference', ['--kernels', 'reference', '--seed', '3', '--epochs', '1']],
  ])('prints the same losses, accuracies and weightsHash with %s', async (title, args) => {
    const { code, stdout } = await train('--json', '--out', title, ...args);
    expect(code).toBe(0);
    const reports = jsonLines(stdout).filter(({ event }) => event === 'epoch');
    const results = (lines: Record<string, unknown>[]) =>
      lines.map(({ seconds, imagesPerSecond, ...result }) => result).slice(0, reports.length);
    expect(reports.length).toBeGreaterThanOrEqual(1);
    expect(results(reports)).toEqual(results(events.slice(1, 3)));
  });
});

describe('train without --json and terminal', () => {
  let lines: string[];
  beforeAll(async () => {
    const { code, stdout, stderr } = await train('--seed', '4', '--epochs', '1', '--out', 'plain/run');
    expect([code, stderr]).toEqual([0, '']);
    lines = stdout.split('\n');
  });

  it('prints the 4,280,906 parameters, a line for the epoch and where it wrote, as plain lines', () => {
    const text = lines.join('\n');
    expect(text).toContain('4,280,906');
    expect(text).toMatch(/^epoch 1\/1 .*loss \d+\.\d+ .*accuracy \d+\.\d+%.*test loss \d+\.\d+.*images\/s$/m);
    expect(text).toMatch(/plain\/run$/m);
    for (const file of ['model.safetensors', 'metrics.jsonl', 'config.json']) expect(lines.at(-2)).toContain(file);
    for (const control of ['\u001b', '\r', '\b']) expect(text).not.toContain(control);
  });

  it('gives another weightsHash for another seed', () => {
    const [{ weightsHash }] = jsonLines(read('plain', 'run', 'metrics.jsonl').toString());
    expect(weightsHash).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(join(temporary.path, 'plain/run/metrics.jsonl'), 'utf8')).not.toBe('');
    const others = readdirSync(join(temporary.path, 'runs')).map((run) =>
      read('runs', run, 'metrics.jsonl').toString(),
    );
    for (const other of others) expect(other).not.toContain(weightsHash);
  });
});

it('SIGINT stops train after the running step: exit code 130 within 60 s, the model of that moment and its configuration written', async () => {
  const args = [
    '--data',
    'data',
    '--batch-size',
    '5',
    '--lr',
    '0.01',
    '--epochs',
    '10000',
    '--json',
    '--out',
    'stopped',
  ];
  const child = startProcess(process.execPath, [commandPath('train'), ...args], temporary.path);
  const outcome = outcomeOf(child);
  let interrupted = 0;
  child.stdout.once('data', () => {
    interrupted = performance.now();
    child.kill('SIGINT');
  });
  const { code, stdout, stderr } = await outcome;
  expect([code, stderr]).toEqual([130, '']);
  expect(performance.now() - interrupted).toBeLessThan(60_000);
  const events = jsonLines(stdout);
  expect(events.at(-1)).toMatchObject({ event: 'end', interrupted: true });
  expect(readdirSync(join(temporary.path, 'stopped')).sort()).toEqual(runFiles);
  expect(hashByHand(read('stopped', 'model.safetensors'), Object.keys(stateDict))).toBe(events.at(-1)?.weightsHash);
  expect(jsonLines(read('stopped', 'metrics.jsonl').toString())).toHaveLength(events.length - 2);
  expect(JSON.parse(read('stopped', 'config.json').toString())).toMatchObject({ options: { epochs: 10_000 } });
});

it('train with 2 workers at the default batch size of 100 on 100 of all 60,000 images peaks below 1.2 GB of memory', async () => {
  // The peak in KiB goes to stderr as the process ends; threads are part of it and have their own `process`.
  const preload = `import { isMainThread } from 'node:worker_threads';
    if (isMainThread) process.on('exit', () => console.error(process.resourceUsage().maxRSS));`;
  const args = ['--data', 'real', '--limit', '100', '--epochs', '1', '--workers', '2', '--out', 'memory', '--json'];
  const child = startProcess(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, commandPath('train'), ...args],
    temporary.path,
  );
  const { code, stdout, stderr } = await outcomeOf(child);
  expect([code, jsonLines(stdout)[0].batchSize]).toEqual([0, 100]);
  const peak = Number(stderr) * 1024;
  // The weights, gradients and images alone take a tenth of a gigabyte.
  expect(peak).toBeGreaterThan(0.1e9);
  expect(peak).toBeLessThan(1.2e9);
});
