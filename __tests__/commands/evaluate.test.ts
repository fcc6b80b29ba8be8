import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Flatten, Linear, Model, Sequential } from '../../dist/index.js';
import { openData, saveModel } from '../../dist/node.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/formats/safetensors.js';
import { jsonLines, type Outcome, runCommand, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';
import { greyPng, writeFiles } from '../support/drawnPictures.js';

const names = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];
const temporary = temporaryFolder();
const digits = { classes: 10, size: 28 };
const test = syntheticDataset(31, { ...digits, sample: 1 });
// Some labels are wrong, so that no class has all of its images right and test order shows.
for (let i = 0; i < 31; i += 4) test.targets[i] = (test.targets[i] + i) % 10;

const evaluate = (...args: string[]) => runCommand('evaluate', ['--data', 'data', ...args], temporary.path);
const model = 'run/model.safetensors';
let trained: Record<string, unknown>;

beforeAll(async () => {
  await writeMnistFolder(join(temporary.path, 'data'), syntheticDataset(40, digits), test);
  writeFileSync(join(temporary.path, 'data', 'classes.txt'), names.join('\n'));
  const args = ['--data', 'data', '--batch-size', '10', '--lr', '0.01', '--epochs', '3', '--out', 'run', '--json'];
  const { code, stdout } = await runCommand('train', args, temporary.path);
  expect(code).toBe(0);
  trained = jsonLines(stdout)[3];
});

describe('evaluate of a model that train wrote', () => {
  let plain: Outcome;
  let json: Outcome;
  let predictions: number[];
  /** What the matrix must be, by the predictions' file: a row for each label, a column for each prediction. */
  let confusions: number[][];
  beforeAll(async () => {
    plain = await evaluate('--weights', model, '--predictions', 'predictions.txt');
    json = await evaluate('--weights', model, '--json', '--workers', '3');
    predictions = readFileSync(join(temporary.path, 'predictions.txt'), 'utf8').split('\n').slice(0, -1).map(Number);
    confusions = names.map(() => names.map(() => 0));
    for (const [i, prediction] of predictions.entries()) confusions[test.targets[i]][prediction]++;
  });

  it('exits with 0, nothing on stderr, and one JSON object on stdout with --json', () => {
    expect([plain.code, plain.stderr, json.code, json.stderr]).toEqual([0, '', 0, '']);
    expect(jsonLines(json.stdout)).toHaveLength(1);
  });

  it('gives the test loss and accuracy of the last epoch to the bit, at another batch size and with 3 workers', () => {
    const { loss, accuracy } = jsonLines(json.stdout)[0];
    expect({ loss, accuracy }).toEqual({ loss: trained.testLoss, accuracy: trained.testAccuracy });
  });

  it('writes one class index a line for each of the 31 test images, in order: those whose labels were right come out', () => {
    expect(predictions).toHaveLength(31);
    for (const prediction of predictions) expect(names[prediction]).toBeDefined();
    const right = predictions.filter((prediction, i) => prediction === test.targets[i]).length;
    expect(right / 31).toBe(trained.testAccuracy);
    expect(new Set(predictions).size).toBeGreaterThan(1);
  });

  it('--json has the accuracy of each class by name and the confusion matrix', () => {
    const { classes, confusionMatrix } = jsonLines(json.stdout)[0];
    expect(confusionMatrix).toEqual(confusions);
    expect(classes).toEqual(
      names.map((name, label) => {
        const images = test.targets.filter((other) => other === label).length;
        return { name, images, accuracy: confusions[label][label] / images };
      }),
    );
  });

  it('prints loss, accuracy, the accuracy of each class, and the matrix under and beside the classes’ numbers, in 80 columns', () => {
    const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
    const lines = plain.stdout.split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines[0]).toContain((trained.testLoss as number).toFixed(4));
    expect(lines[0]).toContain(percent(trained.testAccuracy as number));
    const cells = lines.map((line) => line.trim().split(/\s{2,}/));
    for (const [label, name] of names.entries()) {
      const images = confusions[label].reduce((sum, count) => sum + count, 0);
      expect(cells).toContainEqual([name, percent(confusions[label][label] / images)]);
      expect(cells).toContainEqual([`${label} ${name}`, ...confusions[label].map(String)]);
    }
    expect(cells).toContainEqual(names.map((_, label) => String(label)));
  });
});

describe('evaluate of a folder of pictures', () => {
  const classes = ['dark', 'light'];
  /** 8 pictures a class; the network looks at the brightness of one pixel. */
  const grey = (label: number, i: number) => (label === 1 ? 200 : 40) + i;

  beforeAll(async () => {
    const files = classes.flatMap((name, label) =>
      Array.from({ length: 8 }, (_, i) => [`pictures/${name}/${i}.png`, greyPng(20, 16, grey(label, i))] as const),
    );
    await writeFiles(temporary.path, Object.fromEntries(files));
    const network = new Sequential([new Flatten(), new Linear(64, 2)]);
    const shape = { inputShape: [1, 8, 8], batchSize: 1, kernels: 'reference' } as const;
    const model = new Model(network, shape);
    const numbers = (name: string) => model.stateDict().get(name)?.data as Float32Array;
    numbers('1.weight').fill(0)[64] = 8;
    numbers('1.bias').set([4, 0]);
    await saveModel(join(temporary.path, 'grey.safetensors'), model, {
      classes,
      normalization: { mean: 0, std: 1 },
      transform: { type: 'resizeCrop', channels: 1, resize: 8, crop: [8, 8] },
      recipe: { testShare: 0.5, seed: 7 },
    });
  });
  const run = (...args: string[]) =>
    runCommand('evaluate', ['--weights', 'grey.safetensors', '--data', 'pictures', ...args], temporary.path);

  it('takes the pictures that the model’s training held out, by share and seed, and names their files on the page', async () => {
    const { code, stdout, stderr } = await run('--json', '--report', 'report.html', '--predictions', 'greys.txt');
    expect([code, stderr]).toEqual([0, '']);
    expect(jsonLines(stdout)[0]).toMatchObject({
      accuracy: 1,
      confusionMatrix: [
        [4, 0],
        [0, 4],
      ],
    });
    const page = readFileSync(join(temporary.path, 'report.html'), 'utf8');
    const { test, files } = await openData(join(temporary.path, 'pictures'), { testShare: 0.5, seed: 7 });
    const titles = [...page.matchAll(/class="soft name" title="([^"]*)"/g)].map(([, title]) => title);
    expect([...new Set(titles)].toSorted()).toEqual([...(files?.test ?? [])].toSorted());
    expect(page).toContain('Not one mistake');
    const labels = readFileSync(join(temporary.path, 'greys.txt'), 'utf8');
    expect(labels).toBe(`${Array.from(test.targets).join('\n')}\n`);
  });

  it('refuses classes that the model does not have, by name', async () => {
    await writeFiles(temporary.path, { 'others/dim/1.png': greyPng(9, 9, 1), 'others/dim/2.png': greyPng(9, 9, 2) });
    const { code, stdout, stderr } = await run('--data', 'others');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: [^\n]*dim[^\n]*\n$/);
  });

  it.each([
    ['its model', ['--report', 'grey.safetensors'], '--weights'],
    ['a data file', ['--data', 'data', '--report', 'data/t10k-labels-idx1-ubyte.gz'], '--data'],
    ['its predictions', ['--report', 'page', '--predictions', './page'], '--report'],
    ['a picture', ['--report', 'pictures/dark/0.png'], '--data'],
    ['a picture', ['--predictions', 'linked/0.png'], '--data'],
  ])('refuses a file in the place of %s, which stays: %j', async (_, args, part) => {
    writeFileSync(join(temporary.path, 'page'), '');
    rmSync(join(temporary.path, 'linked'), { force: true });
    symlinkSync('pictures/dark', join(temporary.path, 'linked'));
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: [^\n]*would write over[^\n]*\n$/);
    expect(stderr).toContain(part);
    expect(readFileSync(join(temporary.path, 'pictures/dark/0.png')).subarray(1, 4).toString()).toBe('PNG');
  });
});

describe('evaluate of weights from elsewhere, without metadata', () => {
  const evaluateBare = async (...args: string[]) => {
    const { tensors } = decodeSafetensors(readFileSync(join(temporary.path, model)));
    writeFileSync(join(temporary.path, 'bare.safetensors'), encodeSafetensors(tensors));
    const { code, stdout, stderr } = await evaluate(
      '--weights',
      'bare.safetensors',
      '--network',
      'fashion',
      '--json',
      ...args,
    );
    return { code, stderr, loss: jsonLines(stdout)[0].loss };
  };
  const scaling = () => {
    const { metadata } = decodeSafetensors(readFileSync(join(temporary.path, model)));
    return ['mean', 'std'].map((key) => metadata.get(key) ?? '');
  };

  it('assumes the scaling of Fashion-MNIST, says so on stderr, and takes another from --mean and --std in silence', async () => {
    const assumed = await evaluateBare();
    expect(assumed).toMatchObject({ code: 0, stderr: expect.stringMatching(/^note: [^\n]*--mean and --std[^\n]*\n$/) });
    expect(await evaluateBare('--mean', '0.286', '--std', '0.353')).toEqual({ ...assumed, stderr: '' });
    const [mean, std] = scaling();
    expect(await evaluateBare('--mean', mean, '--std', std)).toEqual({ code: 0, stderr: '', loss: trained.testLoss });
    expect(assumed.loss).not.toBe(trained.testLoss);
  });

  it('takes --mean and --std, negative too, before the metadata', async () => {
    const [mean, std] = scaling();
    const given = await evaluate('--weights', model, '--json', '--mean', '-1.5', '--std', '2e0');
    expect([given.code, given.stderr]).toEqual([0, '']);
    expect(jsonLines(given.stdout)[0].loss).toBe((await evaluateBare('--mean', '-1.5', '--std', '2')).loss);
    expect(jsonLines(given.stdout)[0].loss).not.toBe((await evaluateBare('--mean', mean, '--std', std)).loss);
  });

  it('without --network is refused in a line that says to name one, exit code 2', async () => {
    await evaluateBare();
    const { code, stdout, stderr } = await evaluate('--weights', 'bare.safetensors');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: bare\.safetensors does not say which network [^\n]*--network[^\n]*\n$/);
  });
});

describe('evaluate refuses with one line, exit code 1 and nothing on stdout:', () => {
  const rewrite = (name: string, change: (bytes: Buffer) => Uint8Array) =>
    writeFileSync(join(temporary.path, name), change(readFileSync(join(temporary.path, model))));
  const tensors = (change: (tensors: Map<string, StoredTensor>) => void) => (bytes: Buffer) => {
    const { tensors: decoded, metadata } = decodeSafetensors(bytes);
    change(decoded);
    return encodeSafetensors(decoded, Object.fromEntries(metadata));
  };

  it.each<[string, ((bytes: Buffer) => Uint8Array) | undefined, string[]]>([
    ['missing', undefined, ['missing']],
    ['empty', () => Buffer.alloc(0), ['empty', '0 bytes']],
    ['cut in the middle', (bytes) => bytes.subarray(0, bytes.length >> 1), ['cut in the middle', 'found']],
    ['one byte short', (bytes) => bytes.subarray(0, -1), ['one byte short', 'found']],
    ['with a broken header', (bytes) => bytes.fill(0x7d, 8, 9), ['with a broken header', 'header']],
    ['text', () => Buffer.from('These are not weights.\n'), ['text', 'header']],
    ['without classifier.3.bias', tensors((map) => map.delete('classifier.3.bias')), ['classifier.3.bias', 'missing']],
    [
      'with a tensor too many',
      tensors((map) => map.set('block9.weight', { shape: [1], data: new Float32Array(1) })),
      ['block9.weight', 'unexpected'],
    ],
    [
      'with a bias of another shape',
      tensors((map) => map.set('classifier.1.bias', { shape: [641], data: new Float32Array(641) })),
      ['classifier.1.bias', '[641]', '[640]'],
    ],
  ])('a weights file %s, and names what is wrong', async (name, change, parts) => {
    if (change) rewrite(name, change);
    const { code, stdout, stderr } = await evaluate('--weights', name);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    for (const part of parts) expect(stderr).toContain(part);
  });

  it('a missing data folder, and says how to get the data', async () => {
    const { code, stdout, stderr } = await runCommand('evaluate', ['--weights', model, '--data', 'no'], temporary.path);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: cannot read no [^\n]*heddle data[^\n]*\n$/);
  });
});

it.each([
  ['no --weights', [], '--weights'],
  ['--workers 0', ['--weights', model, '--workers', '0'], '--workers'],
  ['--kernels foo', ['--weights', model, '--kernels', 'foo'], '--kernels'],
  ['--mean x', ['--weights', model, '--mean', 'x', '--std', '1'], '--mean'],
  ['--std 0', ['--weights', model, '--mean', '0', '--std', '0'], '--std'],
  ['--mean without --std', ['--weights', model, '--mean', '0.5'], 'both'],
  ['an unknown option', ['--weights', model, '--weight', 'x'], '--weight'],
  ['an excess argument', ['--weights', model, 'extra'], 'argument'],
])('evaluate refuses %s with one line and exit code 2', async (_, args, part) => {
  const { code, stdout, stderr } = await evaluate(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect(stderr).toContain(part);
});

it('evaluate --help and --version exit with 0', async () => {
  const { code, stdout } = await evaluate('--help');
  expect(code).toBe(0);
  for (const option of ['weights', 'report', 'predictions', 'json', 'data', 'workers', 'kernels', 'mean', 'std'])
    expect(stdout).toContain(`--${option}`);
  expect((await evaluate('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
});
