import { debuglog } from 'node:util';
import { Command, CommanderError } from 'commander';
import { HeddleError, oneLine, reason } from '../errors.js';
import { version } from '../formats/version.js';
import { addSettings, type SettingTable } from './options/setting.js';
import { type CommandName, commandTitle } from './startedAs.js';

/** A command with its settings. */
export const command = (name: CommandName, description: string, table: SettingTable): Command =>
  addSettings(
    new Command(commandTitle(name))
      .description(description)
      .version(version, '--version', 'print the version')
      .helpOption('--help', 'print this help')
      .allowExcessArguments(false)
      .showSuggestionAfterError(false)
      .exitOverride()
      .configureOutput({ writeErr: () => {} }), // `run` prints errors
    table,
  );

/** Parses a command's options, does its work and ends the process. Whatever goes wrong, also in code of others that the
 * command has loaded, is told by `fail`. */
export async function run(program: Command, work: () => Promise<void>): Promise<void> {
  let done = false;
  watchOutput();
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error) => {
      fail(error);
      process.exit();
    });
  process.on('exit', (code) => {
    if (!done && code === 0)
      fail(new HeddleError('STATE', 'the process ended before its work was done; something else has ended it'));
  });
  try {
    program.parse();
    await work();
  } catch (error) {
    // Commander throws also when it has printed help or the version.
    if (!(isOurs(error) && error instanceof CommanderError && error.exitCode === 0)) fail(error);
  }
  done = true;
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  process.exit(); // code of others may have left something that goes on
}

/** Nothing that is printed ends a run, as all of it is in the run's files: neither a reader that goes away (`| head`)
 * nor a full disk, though the exit code tells of the latter. */
function watchOutput(): void {
  process.stderr.on('error', () => {});
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    process.stdout.on('error', () => {});
    if (error.code !== 'EPIPE') fail(new HeddleError('FILE', `cannot write to standard output: ${error.message}`));
  });
}

/** Asking an object what it is may throw, too, when it is a proxy that code of others has made. */
function isOurs(error: unknown): error is HeddleError | CommanderError {
  try {
    return error instanceof HeddleError || error instanceof CommanderError;
  } catch {
    return false;
  }
}

/** With NODE_DEBUG=heddle an error comes with its stack. */
const debug = debuglog('heddle');

/** Prints an error on one line, and has the process exit with 2 for a bad setting, else with 1. */
export function fail(error: unknown): void {
  debug('%O', error);
  const ours = isOurs(error);
  const isSetting = ours && ['ARGUMENT', 'MEMORY'].includes(error.code);
  process.exitCode = isSetting || (ours && error instanceof CommanderError) ? 2 : 1;
  const text = ours ? error.message.replace(/^error: /, '') : `unexpected: ${reason(error)}`;
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}error: ${oneLine(text)}\n`);
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal that Ctrl-C, a termination request or the end of the terminal aborts; the second one ends the process at
 * once, as each does before this is called. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) return controller.abort();
    // The signal's own effect ends it, since process.exit() would wait for a write that hangs.
    process.off(signal, stop);
    process.kill(process.pid, signal);
    process.exit(130); // a container's first process is spared that effect
  };
  for (const signal of signals) process.on(signal, stop);
  return controller.signal;
}
