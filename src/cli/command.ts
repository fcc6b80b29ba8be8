import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { HeddleError } from '../errors.js';
import { kernelChoices } from '../kernels/load.js';
import { convolutionChoices } from '../layers/layer.js';
import { version } from '../version.js';

const dataFolder = fileURLToPath(new URL('../data/fashion-mnist', import.meta.url));

/** Option parsers: a whole number, or a number, within bounds. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        most === Number.MAX_SAFE_INTEGER
          ? `It must be a whole number of ${least} or more.`
          : `It must be a whole number from ${least} to ${most}.`,
      );
    return value;
  };

export const number =
  (least: number, most = Number.MAX_VALUE) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most)
      throw new InvalidArgumentError(
        most === Number.MAX_VALUE
          ? `It must be a number of ${least} or more.`
          : `It must be a number from ${least} to ${most}.`,
      );
    return value;
  };

/** For commands that share their work among threads. */
export const workersOption = () =>
  new Option('--workers <n>', 'worker threads; the result does not depend on it')
    .argParser(whole(1, 1024))
    .default(availableParallelism());

/** A command with the option that all of them share; a wrong option prints one line and exits with 2. */
export function command(name: string, description: string): Command {
  return new Command(`node dist/${name}.js`)
    .description(description)
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .option('--json', 'print JSON, one object a line, and nothing else on standard output', false);
}

/** A command that runs the network on a data set. */
export function networkCommand(name: string, description: string): Command {
  return command(name, description)
    .option('--data <dir>', 'folder with the four IDX files of Fashion-MNIST or MNIST', dataFolder)
    .addOption(
      new Option('--kernels <set>', 'compute kernels; all but relaxed give the same bits')
        .choices(kernelChoices)
        .default('auto'),
    )
    .addOption(
      new Option('--conv <algorithm>', 'convolutions: Winograd where it serves (auto), or im2col')
        .choices(convolutionChoices)
        .default('auto'),
    );
}

/** Runs a command's work; an error ends it, as `fail` says. */
export async function run(work: () => Promise<void>): Promise<void> {
  // A reader that goes away (`| head`) ends no training: all of it is in the run's folder.
  process.stdout.on('error', () => {});
  try {
    await work();
  } catch (error) {
    fail(error);
  }
}

/** Prints an error on one line, if heddle throws it, and has the process exit with 2 for a bad setting, else with 1. */
export function fail(error: unknown): void {
  const known = error instanceof HeddleError;
  // JSON.parse quotes what it was given, with its lines.
  const text = known ? error.message.replaceAll(/\s*\n\s*/g, ' ') : (error as Error).stack;
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}error: ${text}\n`);
  process.exitCode = known && (error.code === 'ARGUMENT' || error.code === 'MEMORY') ? 2 : 1;
}

/** A signal that Ctrl-C or a termination request aborts; the second one ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    if (!controller.signal.aborted) return controller.abort();
    // By the signal's own effect, since process.exit() would wait for a write that hangs.
    process.off(signal, stop);
    process.kill(process.pid, signal);
    process.exit(130); // a container's first process is spared that effect
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  return controller.signal;
}
