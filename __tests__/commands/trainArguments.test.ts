import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Outcome, runCommand, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';

const temporary = temporaryFolder();
/** Where the commands run; a command that writes nothing leaves it empty. */
const cwd = () => join(temporary.path, 'empty');
const train = (...args: string[]) => runCommand('train', args, cwd());
const folders = ['data', 'few-pixels', 'few-test-pixels', 'many-classes', 'many-test-classes'] as const;
const data = (name: (typeof folders)[number]) => ['--data', join(temporary.path, name)];

beforeAll(async () => {
  const good = syntheticDataset(20, { classes: 10, size: 28 });
  const small = syntheticDataset(20, { classes: 10, size: 20 });
  const many = syntheticDataset(20, { classes: 11, size: 28 });
  const sets = {
    data: [good, good],
    'few-pixels': [small, good],
    'few-test-pixels': [good, small],
    'many-classes': [many, good],
    'many-test-classes': [good, many],
  };
  for (const [name, [first, second]] of Object.entries(sets))
    await writeMnistFolder(join(temporary.path, name), first, second);
});

beforeEach(() => {
  rmSync(cwd(), { recursive: true, force: true });
  mkdirSync(cwd());
});

/** Expects one line on stderr with all of `parts`, nothing on stdout and nothing written. */
function expectRefused({ code, stdout, stderr }: Outcome, expectedCode: number, ...parts: string[]): void {
  expect([code, readdirSync(cwd())]).toEqual([expectedCode, []]);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  for (const part of parts) expect(stderr).toContain(part);
}

describe('train refuses with one line that names option and value, exit code 2 and nothing written:', () => {
  const notCounts = ['x', '', '-1', '0', '1.5'];
  const notRates = ['x', '', '-0.1', 'Infinity'];
  it.each<[string, string[]]>([
    ['--epochs', notCounts],
    ['--batch-size', notCounts],
    ['--workers', notCounts],
    ['--limit', notCounts],
    ['--seed', ['x', '', '-1', '1.5', '4294967296']],
    ['--lr', notRates],
    ['--momentum', notRates],
    ['--weight-decay', notRates],
    ['--kernels', ['foo', '', 'SIMD']],
    ['--conv', ['foo', '', 'direct']],
  ])('%s %j', async (option, values) => {
    const outcomes = await Promise.all(values.map((value) => train(option, value)));
    for (const [i, outcome] of outcomes.entries()) expectRefused(outcome, 2, option, `'${values[i]}'`);
  });

  it.each([
    ['an unknown option', ['--nonsense'], '--nonsense'],
    ['an option with a letter missing', ['--epoch', '3'], '--epoch'],
    ['a value for --json', ['--json=3'], '--json=3'],
    ['an option without its value', ['--out'], '--out'],
    ['an excess argument', ['extra'], 'argument'],
    ['an excess argument after the options', ['--epochs', '1', '2'], 'argument'],
  ])('%s', async (_, args, part) => {
    expectRefused(await train(...args), 2, part);
  });

  it('--limit 21 with a training set of 20 images', async () => {
    expectRefused(await train(...data('data'), '--limit', '21'), 2, '20', '21');
  });
});

describe('train refuses with one line, exit code 1 and nothing written:', () => {
  it('a missing data folder, and says how to get the data', async () => {
    expectRefused(await train('--data', 'nowhere'), 1, 'nowhere', 'a folder for each class', 'heddle data');
  });

  it('an empty data folder, and says how to get the data', async () => {
    mkdirSync(join(temporary.path, 'nothing'));
    const outcome = await train('--data', join(temporary.path, 'nothing'));
    expectRefused(outcome, 1, 'nothing', 'a folder for each class', 'heddle data');
  });

  it.each([
    ['training images of 20×20 pixels', 'few-pixels', ['20', '28']],
    ['test images of 20×20 pixels', 'few-test-pixels', ['20', '28']],
  ] as const)('%s', async (_, folder, parts) => {
    expectRefused(await train(...data(folder), '--epochs', '1', '--lr', '0.01'), 1, ...parts);
  });

  it('--out below a regular file, which is left as it was', async () => {
    const file = join(temporary.path, 'file');
    writeFileSync(file, 'content');
    expectRefused(await train(...data('data'), '--out', join(file, 'run')), 1, join(file, 'run'));
    expect(readFileSync(file, 'utf8')).toBe('content');
  });

  it('--out with a run in it, which is left as it was', async () => {
    const run = join(temporary.path, 'run');
    mkdirSync(run);
    const content = { 'config.json': '{}\n', 'metrics.jsonl': '{"epoch":1}\n', 'model.safetensors': 'weights' };
    for (const [name, text] of Object.entries(content)) writeFileSync(join(run, name), text);
    expectRefused(await train(...data('data'), '--out', run), 1, run);
    const after = readdirSync(run).map((name) => [name, readFileSync(join(run, name), 'utf8')]);
    expect(Object.fromEntries(after)).toEqual(content);
  });
});

describe('train', () => {
  it('--help prints every option of the issue and their defaults on stdout, exit code 0', async () => {
    const { code, stdout, stderr } = await train('--help');
    expect([code, stderr, readdirSync(cwd())]).toEqual([0, '', []]);
    const options = ['epochs', 'batch-size', 'lr', 'momentum', 'weight-decay', 'seed', 'workers', 'kernels', 'data'];
    for (const option of [...options, 'limit', 'out', 'json', 'help', 'version'])
      expect(stdout).toContain(`--${option}`);
    const defaults: [string, string][] = [
      ['epochs', '5'],
      ['batch-size', '100'],
      ['lr', '0.15'],
      ['kernels', '"auto"'],
    ];
    for (const [option, value] of defaults)
      expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(new RegExp(`--${option} [^-]*default: ${value}\\)`));
  });

  it('--version prints the version of package.json on stdout, exit code 0', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await train('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});
