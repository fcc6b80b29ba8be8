import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { jsonLines, runCommand, temporaryFolder } from '../support/command.js';
import { syntheticDataset, writeMnistFolder } from '../support/dataset.js';

// Four steps are an epoch here.

const temporary = temporaryFolder();
const at = (...names: string[]) => join(temporary.path, ...names);
const index = new URL('../../dist/index.js', import.meta.url).href;
const network = `import { Flatten, Linear, Sequential } from '${index}';
export default () => new Sequential([new Flatten(), new Linear(784, 10)]);`;
const common = ['--data', 'data', '--network', 'network.mjs', '--batch-size', '16', '--json'];

beforeAll(async () => {
  const digits = { classes: 10, size: 28 };
  const test = syntheticDataset(10, { ...digits, sample: 1 });
  await writeMnistFolder(at('data'), syntheticDataset(64, digits), test);
  writeFileSync(at('network.mjs'), network);
});

async function train(...args: string[]) {
  const { code, stdout, stderr } = await runCommand('train', args, temporary.path);
  expect([code, stderr]).toEqual([0, '']);
  return jsonLines(stdout);
}

const hashOf = (lines: Record<string, unknown>[]) => lines.at(-1)?.weightsHash;
const writeChanges = (file: string, ...changes: [stepsDone: number, learningRate: number][]) =>
  writeFileSync(
    at(file),
    changes.map(([stepsDone, learningRate]) => `${JSON.stringify({ stepsDone, learningRate })}\n`).join(''),
  );

describe('--changes', () => {
  it('before the first step gives the bits of a run with that learning rate', async () => {
    writeChanges('first.jsonl', [0, 0.02]);
    const changed = await train(
      ...common,
      '--lr',
      '0.1',
      '--epochs',
      '1',
      '--changes',
      'first.jsonl',
      '--out',
      'first',
    );
    const plain = await train(...common, '--lr', '0.02', '--epochs', '1', '--out', 'plain');
    expect(hashOf(changed)).toBe(hashOf(plain));
  });

  it('behind the fourth step gives the bits of a schedule that halves the rate after four, and is told', async () => {
    writeChanges('half.jsonl', [4, 0.05]);
    const args = [...common, '--lr', '0.1', '--epochs', '2'];
    const changed = await train(...args, '--changes', 'half.jsonl', '--out', 'half');
    const scheduled = await train(
      ...args,
      '--schedule',
      'step',
      '--lr-step',
      '1',
      '--gamma',
      '0.5',
      '--out',
      'scheduled',
    );
    expect(hashOf(changed)).toBe(hashOf(scheduled));
    expect(changed.filter(({ event }) => event === 'change')).toEqual([
      { event: 'change', stepsDone: 4, learningRate: 0.05 },
    ]);
  });

  it('are kept in the run’s folder, and happen again when it goes on from before them', async () => {
    writeChanges('later.jsonl', [3, 0.3], [6, 0.01]);
    const args = [...common, '--lr', '0.1', '--changes', 'later.jsonl'];
    const whole = await train(...args, '--epochs', '2', '--out', 'whole');
    await train(...args, '--epochs', '1', '--out', 'begun');
    expect(readFileSync(at('begun', 'changes.jsonl'), 'utf8')).toBe(readFileSync(at('later.jsonl'), 'utf8'));
    // A crash may leave a line that is not whole.
    appendFileSync(at('begun', 'changes.jsonl'), '{"stepsDone":7,"lear');
    const resumed = await train('--resume', 'begun', '--epochs', '2', '--json');
    expect(hashOf(resumed)).toBe(hashOf(whole));
    expect(readFileSync(at('begun', 'changes.jsonl'), 'utf8')).toBe(readFileSync(at('later.jsonl'), 'utf8'));
  });

  it.each([
    ['{"stepsDone":2}', 'line 1: expected a change'],
    ['{"stepsDone":-1,"learningRate":0.1}', 'line 1: expected a change'],
    ['{"stepsDone":1,"learningRate":0.1,"momentum":0.9}', 'line 1: expected a change'],
    ['{"stepsDone":1,"learningRate":"0.1"}', 'line 1: expected a change'],
    ['{"stepsDone":1,"learningRate":0.1}\n[1]', 'line 2: expected a change'],
    ['{"stepsDone":1,', 'line 1: expected JSON'],
  ])('refuses %s in one line that names the file, and writes nothing', async (text, words) => {
    writeFileSync(at('wrong.jsonl'), `${text}\n`);
    const args = [...common, '--changes', 'wrong.jsonl', '--out', 'wrong'];
    const { code, stdout, stderr } = await runCommand('train', args, temporary.path);
    expect([code, stdout, existsSync(at('wrong'))]).toEqual([1, '', false]);
    expect(stderr).toMatch(/^error: wrong\.jsonl, [^\n]*\n$/);
    expect(stderr).toContain(words);
  });
});
