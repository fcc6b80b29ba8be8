import { execFileSync } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { resumeCommand, scriptCommand, shellCommand } from '../../../src/commands/options/resumeCommand.js';

function program(...args: string[]): Command {
  return new Command()
    .option('--epochs <n>', '', Number, 5)
    .option('--profile', '', false)
    .option('--test-time-flip')
    .option('--no-test-time-flip')
    .option('--data <dir>')
    .parse(args, { from: 'user' });
}
const names = ['epochs', 'profile', 'testTimeFlip', 'data'];
const optionsOf = (...args: string[]) => resumeCommand(program(...args), 'run', names).replace(/^.* --resume run/, '');

describe('the command that goes on', () => {
  it.each([
    ['no options that were left to their defaults', [], ''],
    ['options with their values', ['--epochs', '7', '--data', 'my data'], " --epochs 7 --data 'my data'"],
    ['switches', ['--profile', '--test-time-flip'], ' --profile --test-time-flip'],
    ['switches turned off', ['--no-test-time-flip'], ' --no-test-time-flip'],
  ])('has %s', (_, given, expected) => {
    expect(optionsOf(...given)).toBe(expected);
  });

  it('has only the options it was asked to repeat', () => {
    expect(resumeCommand(program('--epochs', '7', '--profile'), 'run', ['profile'])).toMatch(/--resume run --profile$/);
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
    expect(scriptCommand()).toEqual(['node', script]);
    expect(scriptCommand('train')).toEqual(['node', join(dirname(script), 'train.js')]);
  });
});
