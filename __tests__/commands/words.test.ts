import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Outcome, runCommand, temporaryFolder } from '../support/command.js';
import { trainedRun } from '../support/trainedRun.js';

const temporary = temporaryFolder();
beforeAll(() => trainedRun(temporary.path));
type Name = Parameters<typeof runCommand>[0];
const run = (name: Name, ...args: string[]) => runCommand(name, args, temporary.path);

const weights = ['--weights', 'run/model.safetensors'];
const usual: readonly [Name, readonly string[]][] = [
  ['train', ['--data', 'data', '--epochs', '1', '--lr', '0.01']],
  ['tune', ['--data', 'data', '--limit', '10', '--validation', '6', '--trials', '1', '--epochs', '1']],
  ['evaluate', ['--data', 'data', ...weights]],
  ['predict', ['--data', 'data', '--index', '0', ...weights]],
  ['export', [...weights, '--out', 'out.onnx']],
];

/** Escape sequences, line breaks of every kind, reversed text, quotes, one long word and many short ones. */
const hostile = `\x1b[31m'"\\a\nb\rc\td\x07\x7f\x9b1m\u2028\u202e${'x'.repeat(3000)} ${'y z '.repeat(2000)}`;

/** One line of at most 1,010 characters that a terminal shows as they are, and an exit code that is not 0. */
function expectPlain({ code, stderr }: Outcome, what: string): void {
  expect([what, stderr]).toEqual([
    what,
    expect.stringMatching(/^error: [^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]{5,1000}\n$/u),
  ]);
  expect([what, [1, 2].includes(code ?? 0)]).toEqual([what, true]);
}

/** Options with the first words of their help, by which those that several commands share are tried in one of them. */
const tried = new Set<string>();

/** A command's options that have a value, without those that another command has had. */
async function optionsWithValues(name: Name): Promise<string[]> {
  const { stdout } = await run(name, '--help');
  const all = [...stdout.matchAll(/^\s+(--[a-z-]+) <[^>]+>.*$/gm)];
  expect(all.length).toBeGreaterThan(2);
  const others = all.filter(([line]) => !tried.has(line));
  for (const [line] of others) tried.add(line);
  return others.map(([, option]) => option);
}

describe.each(usual)(
  '%s says in one line of at most 1,010 characters without control characters what is wrong',
  (name, args) => {
    it('with every option given a hostile text, and an empty one', async () => {
      const options = await optionsWithValues(name);
      for (const option of options) {
        const outcomes = await Promise.all([hostile, ''].map((value) => run(name, ...args, option, value)));
        for (const outcome of outcomes) expectPlain(outcome, option);
      }
    });

    it('with an unknown option, and an argument too many', async () => {
      for (const value of [`--${hostile}`, hostile]) {
        const { code, stderr } = await run(name, ...args, value);
        expectPlain({ code, stdout: '', stderr }, value.slice(0, 3));
      }
    });
  },
);

it.each<[string, Name, unknown]>([
  ['a key', 'train', { [hostile]: 1 }],
  ['a choice', 'train', { optimizer: hostile }],
  ['a number', 'train', { epochs: hostile }],
  ['an object', 'train', { lr: { [hostile]: hostile } }],
  ['an array', 'train', [hostile]],
  ['a folder', 'train', { data: hostile }],
  ['a name with a zero', 'train', { data: 'a\0b' }],
  ['a name', 'tune', { [hostile]: { low: 1, high: 2 } }],
  ['a choice', 'tune', { optimizer: { choices: ['sgd', hostile] } }],
  ['a range', 'tune', { lr: { low: hostile, high: 2 } }],
])('a hostile text as %s of a file that %s reads makes one plain line', async (what, name, value) => {
  writeFileSync(join(temporary.path, 'file.json'), JSON.stringify(value));
  const option = name === 'train' ? '--config' : '--space';
  const data = what === 'a folder' ? [] : ['--data', 'data'];
  expectPlain(await run(name, ...data, option, 'file.json'), option);
});

it('text that is no JSON, hostile too, makes one plain line', async () => {
  for (const text of [hostile, `{\n"a": ${hostile}`, '']) {
    writeFileSync(join(temporary.path, 'file.json'), text);
    expectPlain(await run('train', '--config', 'file.json'), text.slice(0, 3));
  }
});

describe('messages name what was typed:', () => {
  it.each<[Name, readonly string[], number, readonly string[]]>([
    ['train', ['--data', 'data', '--workers', '1000'], 2, ['fewer workers', '1000']],
    ['train', ['--data', 'data', '--batch-size', '1000000'], 2, ['a batch size of 1000000', 'fits']],
    ['train', ['--data', 'data', '--limit', '17'], 2, ['--limit 17', '16']],
    ['train', ['--data', 'data', '--validation', '16'], 2, ['--validation 16', '16']],
    ['tune', ['--data', 'data', '--validation', '20'], 2, ['--validation 20', '16']],
    ['train', ['--out', ''], 2, ['--out', "''"]],
    ['train', ['--data', ''], 2, ['--data', "''"]],
    ['train', ['--resume', ''], 2, ['--resume', "''"]],
    ['train', ['--config', ''], 2, ['--config', "''"]],
    ['tune', ['--out', ''], 2, ['--out', "''"]],
    ['tune', ['--space', ''], 2, ['--space', "''"]],
    ['evaluate', ['--weights', ''], 2, ['--weights', "''"]],
    ['evaluate', [...weights, '--predictions', ''], 2, ['--predictions', "''"]],
    ['export', [...weights, '--out', ''], 2, ['--out', "''"]],
    ['predict', [...weights, ''], 1, ['name of a file']],
    ['predict', [...weights, '--data', 'data', '--index', '10'], 2, ['--index', '0 to 9', 'not 10']],
  ])('%s %j', async (name, args, expected, parts) => {
    const { code, stdout, stderr } = await run(name, ...args);
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    for (const part of parts) expect(stderr).toContain(part);
    expect([code, stdout]).toEqual([expected, '']);
  });

  it('train --resume --epochs 1 of a run of 2', async () => {
    const longer = await run('train', '--resume', 'run', '--epochs', '2', '--json');
    expect(longer.code).toBe(0);
    const { code, stderr } = await run('train', '--resume', 'run', '--epochs', '1', '--json');
    expect([code, stderr]).toEqual([
      2,
      'error: --epochs 1: the run in run has 2 epochs already; give as many or more\n',
    ]);
  });
});

it.each<[Name, readonly string[]]>(usual.slice(0, 2).map(([name, args]) => [name, args]))(
  '%s into a folder with control characters in its name prints none of them',
  async (name, args) => {
    const { code, stdout } = await run(name, ...args, '--out', `${name}\x1b[2J\nx`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[^\p{Cc}\p{Bidi_Control}\n]*(\n[^\p{Cc}\p{Bidi_Control}]*)*$/u);
    expect(stdout).toContain(`${name}\\u001b[2J\\nx`);
  },
);
