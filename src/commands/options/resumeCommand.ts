import type { Command } from 'commander';
import { type CommandName, startingWords } from '../startedAs.js';
import type { SettingTable } from './setting.js';

/** The command that goes on with a run or a study, as a shell takes it: with the settings of this command line that are
 * not the run's own and, when it was a run that went on, with those that may differ from the run's. */
export function resumeCommand(
  name: CommandName,
  program: Command,
  table: SettingTable,
  folder: string,
  wasResumed: boolean,
): string {
  const repeated = (name: string) => table[name]?.resume === 'again' || (wasResumed && table[name]?.resume === 'free');
  const options = program.options.flatMap((option) => {
    const name = option.attributeName();
    if (!repeated(name) || program.getOptionValueSource(name) !== 'cli') return [];
    const value = program.getOptionValue(name);
    const { long = '', required, optional, negate } = option;
    if (required || (optional && value !== true)) return [long, String(value)];
    return value === !negate ? [long] : [];
  });
  return shellCommand(...startingWords(name), '--resume', folder, ...options);
}

/** Words as a shell takes them apart again. */
export const shellCommand = (...words: readonly string[]): string => words.map(quoted).join(' ');

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (!/\p{Cc}/u.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  // What would move the cursor goes in the form of bash and zsh that shows it.
  const bytes = (text: string) =>
    [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  return `$'${word.replace(/[\\']/g, '\\$&').replace(/\p{Cc}/gu, bytes)}'`;
}
