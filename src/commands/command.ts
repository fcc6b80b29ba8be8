import { constants } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { debuglog } from 'node:util';
import { Command, CommanderError } from 'commander';
import { HeddleError, oneLine, reason } from '../errors.js';
import { version } from '../formats/version.js';
import type { JoinedMachines } from '../machines/joinMachines.js';
import { joinJob, rank } from './job.js';
import { addSettings, refused, type SettingTable } from './options/setting.js';
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

/** Runs a command that works on one machine alone: see `runTogether`. */
export const run = (program: Command, work: () => Promise<void>): Promise<void> =>
  runTogether(program, (machines) => {
    if (machines) throw refused(`${program.name()} runs on one machine; start it without mpirun`);
    return work();
  });

/** Parses a command's options, does its work, on all machines that it was started on, and ends the process. Whatever goes
 * wrong, also in code of others that the command has loaded, is told by `fail`, and ends all of them. */
export async function runTogether(
  program: Command,
  work: (machines: JoinedMachines | undefined) => Promise<void>,
): Promise<void> {
  let done = false;
  let machines: JoinedMachines | undefined;
  const failAll = (error: unknown) => {
    fail(error);
    machines?.abort(Number(process.exitCode));
  };
  watchOutput();
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, async (error) => {
      if (rank > 0) await setTimeout(AFTER_RANK_0);
      failAll(error);
      process.exit();
    });
  process.on('exit', (code) => {
    if (!done && code === 0)
      failAll(new HeddleError('STATE', 'the process ended before its work was done; something else has ended it'));
  });
  try {
    program.parse();
    machines = await joinJob();
    await work(machines);
    await machines?.leave();
  } catch (error) {
    if (rank > 0) await setTimeout(AFTER_RANK_0);
    // Commander throws also when it has printed help or the version.
    if (!(isOurs(error) && error instanceof CommanderError && error.exitCode === 0)) failAll(error);
  }
  done = true;
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  process.exit(); // code of others may have left something that goes on
}

/** What goes wrong on all machines is told by rank 0, which ends the others: Open MPI sends them SIGTERM after a second. They tell
 * what it does not, so many milliseconds later. */
const AFTER_RANK_0 = 2000;

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
  const line = `${rank > 0 ? `rank ${rank}: ` : ''}error: ${oneLine(text)}`;
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${line}\n`);
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

/** Has a signal end the process at once, after a line: a machine that stops between two steps leaves the others waiting in one. */
export function endBySignal(lineOf: (signal: NodeJS.Signals) => string): void {
  for (const signal of signals)
    process.on(signal, () => {
      process.stderr.write(`${oneLine(lineOf(signal))}\n`);
      process.exit(128 + constants.signals[signal]);
    });
}
