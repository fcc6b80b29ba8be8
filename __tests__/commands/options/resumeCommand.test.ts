import { execFileSync } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { resumeCommand, shellCommand } from '../../../src/commands/options/resumeCommand.js';
import { addSettings, type SettingTable } from '../../../src/commands/options/setting.js';
import { startingWords } from '../../../src/commands/startedAs.js';

const table: SettingTable = {
  epochs: { flag: '--epochs <n>', help: '', parse: Number, default: 5, resume: 'free' },
  seed: { flag: '--seed <n>', help: '', parse: Number },
  profile: { flag: '--profile', help: '', default: false, resume: 'again' },
  testTimeFlip: { flag: '--test-time-flip', help: '', off: 'x', resume: 'again' },
  data: { flag: '--data <dir>', help: '', parse: String, resume: 'free' },
};
const optionsOf = (wasResumed: boolean, ...args: string[]) => {
  const program = addSettings(new Command(), table).parse(args, { from: 'user' });
  return resumeCommand('train', program, table, 'run', wasResumed).replace(/^.* --resume run/, '');
};

describe('the command that goes on', () => {
  it.each([
    ['no options that were left to their defaults', [], ''],
    ['options with their values', ['--epochs', '7', '--data', 'my data'], " --epochs 7 --data 'my data'"],
    ['switches', ['--profile', '--test-time-flip'], ' --profile --test-time-flip'],
    ['switches turned off', ['--no-test-time-flip'], ' --no-test-time-flip'],
  ])('has %s', (_, given, expected) => {
    expect(optionsOf(true, ...given)).toBe(expected);
  });

  it('has no settings that the run keeps: the free ones only if it was gone on with before, others never', () => {
    const given = ['--epochs', '7', '--profile', '--seed', '3'];
    expect(optionsOf(false, ...given)).toBe(' --profile');
    expect(optionsOf(true, ...given)).toBe(' --epochs 7 --profile');
  });

  it('quotes what a shell would take apart', () => {
    expect(shellCommand('a-b/c.d', "it's", '', '$(x)', 'a\\b', '~/x')).toBe(
      `a-b/c.d 'it'\\''s' '' '$(x)' 'a\\b' '~/x'`,
    );
  });

  it('shows control characters in the form of bash, which takes them back', () => {
    const word = "a\x1b[31m\nb's\\\u009b";
    const command = shellCommand('printf', '%s', word);
    expect(command).toBe(String.raw`printf %s $'a\x1b[31m\x0ab\'s\\\xc2\x9b'`);
    expect(execFileSync('bash', ['-c', command], { encoding: 'utf8' })).toBe(word);
  });

  it('starts the script that runs, or one beside it, by its path from this folder', () => {
    const script = relative('', process.argv[1]);
    expect(script).toMatch(/^node_modules\/jest/);
    expect(startingWords('train')).toEqual(['node', join(dirname(script), 'train.js')]);
  });
});
