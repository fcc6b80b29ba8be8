import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { commandPath, jsonLines, outcomeOf, runCommand, startProcess, temporaryFolder } from '../../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../../support/dataset.js';
import { curveOf, readFolder } from '../../support/tensorBoard.js';

const temporary = temporaryFolder();
const at = (...path: string[]) => join(temporary.path, ...path);
const digits = { classes: 10, size: 28 };
// Three epochs of 10 steps.
const settings = '--data data --batch-size 4 --lr 0.01 --epochs 3 --json'.split(' ');
const train = (...args: string[]) => runCommand('train', [...settings, ...args], temporary.path);

beforeAll(async () => {
  await writeMnistFolder(at('data'), syntheticDataset(40, digits), syntheticDataset(20, { ...digits, sample: 1 }));
  const { code, stderr } = await train('--out', 'whole', '--tensorboard', '--csv', 'whole.csv');
  expect([code, stderr]).toEqual([0, '']);
});

/** A table's lines as objects, of what does not depend on time. */
function table(csv: string) {
  const [columns, ...lines] = readFileSync(at(csv), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  return lines.map((cells) =>
    Object.fromEntries(columns.map((name, i) => [name, cells[i]]).filter(([name, cell]) => cell && !isTime(name))),
  );
}
const isTime = (name: string) => ['seconds', 'imagesPerSecond'].includes(name);
const metrics = (run: string) =>
  jsonLines(readFileSync(at(run, 'metrics.jsonl'), 'utf8')).map((line) =>
    Object.fromEntries(Object.entries(line).flatMap(([name, value]) => (isTime(name) ? [] : [[name, String(value)]]))),
  );

describe('train --tensorboard --csv', () => {
  it('have what metrics.jsonl has, and a value for each of 30 steps', () => {
    expect(table('whole.csv')).toEqual(metrics('whole'));
    const board = at('whole', 'tensorboard');
    expect(curveOf(board, 'loss/test')).toEqual(
      metrics('whole').map(({ testLoss }, i) => [10 * (i + 1), Math.fround(Number(testLoss))]),
    );
    const steps = Array.from({ length: 30 }, (_, i) => i + 1);
    expect(curveOf(board, 'loss/train').map(([step]) => step)).toEqual(steps);
    expect(curveOf(board, 'learning_rate')).toEqual(steps.map((step) => [step, Math.fround(0.01)]));
    const tags = readFolder(board).flatMap((events) =>
      events.flatMap(({ values = [] }) => values.map(({ tag }) => tag)),
    );
    expect([...new Set(tags)].filter((tag) => /^(filters|\w+_norm)\/.*(block1\.0|about|config)/.test(tag))).toEqual([
      'weight_norm/block1.0.weight',
      'gradient_norm/block1.0.weight',
      'weight_norm/block1.0.bias',
      'gradient_norm/block1.0.bias',
      'filters/block1.0.weight',
    ]);
  });

  it('of a run that was stopped and goes on by the command that it prints have what they have of one that was not', async () => {
    const args = [commandPath('train'), ...settings, '--out', 'stopped', '--tensorboard', '--csv', 'stopped.csv'];
    const child = startProcess(process.execPath, args, temporary.path);
    child.stdout.once('data', async () => {
      await setTimeout(300);
      child.kill('SIGTERM');
    });
    const { code, stdout } = await outcomeOf(child);
    const { resume } = jsonLines(stdout).at(-1) as { resume: string };
    expect([code, resume]).toEqual([
      130,
      `node ${commandPath('train')} --resume stopped --json --tensorboard --csv stopped.csv`,
    ]);
    expect((await outcomeOf(startProcess('/bin/sh', ['-c', resume], temporary.path))).code).toBe(0);
    expect(table('stopped.csv')).toEqual(table('whole.csv'));
    expect(readdirSync(at('stopped', 'tensorboard'))).toHaveLength(2);
    for (const tag of ['loss/train', 'accuracy/train_epoch', 'loss/test', 'weight_norm/block1.0.weight'])
      expect([tag, curveOf(at('stopped', 'tensorboard'), tag)]).toEqual([
        tag,
        curveOf(at('whole', 'tensorboard'), tag),
      ]);
  });

  it('of a run that begins without them has all of its epochs in the table, and the steps to come', async () => {
    expect((await train('--out', 'late', '--epochs', '1')).code).toBe(0);
    const more = ['--resume', 'late', '--epochs', '3', '--tensorboard', 'board', '--csv', 'tables/late.csv'];
    expect((await runCommand('train', more, temporary.path)).code).toBe(0);
    expect(table('tables/late.csv')).toEqual(table('whole.csv'));
    expect(curveOf(at('board'), 'loss/train')).toEqual(curveOf(at('whole', 'tensorboard'), 'loss/train').slice(10));
  });

  it('of a run that fails have the steps before', async () => {
    expect((await train('--lr', '1e30', '--out', 'diverged', '--tensorboard')).code).toBe(1);
    expect(curveOf(at('diverged', 'tensorboard'), 'loss/train').map(([step]) => step)).toEqual([1]);
  });

  it.each([
    ['event files of another run', ['--tensorboard', 'whole/tensorboard'], 'whole/tensorboard holds event files of'],
    ['a file that is there', ['--csv', 'whole.csv'], 'whole.csv is there already; give --csv another name'],
    ['a table below a file', ['--csv', 'whole.csv/a.csv'], 'cannot read whole.csv/a.csv: ENOTDIR'],
    ['a folder in the place of a table', ['--csv', 'data'], 'cannot read data: expected a regular file'],
    ['an empty name', ['--tensorboard', ''], "option '--tensorboard [dir]' argument '' is invalid"],
    ['them in a file of options', ['--config', 'options.json'], 'options.json: csv'],
  ])('refuse %s in one line, and nothing that was there changes', async (_, args, text) => {
    writeFileSync(at('options.json'), '{"csv":"a.csv"}');
    const [csv, files] = [readFileSync(at('whole.csv')), readdirSync(at('whole', 'tensorboard'))];
    const { code, stdout, stderr } = await train('--out', 'refused', ...args);
    expect([code === 0, stdout, stderr]).toEqual([false, '', expect.stringMatching(/^error: [^\n]*\n$/)]);
    expect(stderr).toContain(text);
    expect([readFileSync(at('whole.csv')), readdirSync(at('whole', 'tensorboard'))]).toEqual([csv, files]);
    expect(readdirSync(temporary.path)).not.toContain('refused');
  });
});
