import { join } from 'node:path';
import type { Command, OptionValues } from 'commander';
import { HeddleError } from '../errors.js';
import { RunFolder } from './runFolder.js';

/** The options of `train`; when it goes on with a run, what the command line leaves open is as it was in that run. */
export async function trainSettings(program: Command): Promise<OptionValues & { resumed: RunFolder | undefined }> {
  const options = program.opts();
  const resumed: RunFolder | undefined =
    options.resume === undefined ? undefined : await RunFolder.open(options.resume);
  if (!resumed) return { ...options, resumed };
  if (options.out !== undefined)
    throw new HeddleError('ARGUMENT', '--resume goes on in its own folder; leave --out away');
  const given = Object.entries(options).filter(([name]) => program.getOptionValueSource(name) === 'cli');
  return { ...options, ...savedOptions(resumed), ...Object.fromEntries(given), out: resumed.path, resumed };
}

/** @throws HeddleError FORMAT naming a setting that is missing or of another type */
function savedOptions({ config, path }: RunFolder): Record<string, unknown> {
  const wanted = <Kind extends 'number' | 'string' | 'object'>(value: unknown, name: string, kind: Kind) => {
    if (typeof value === kind && value !== null)
      return value as { number: number; string: string; object: object }[Kind];
    throw new HeddleError(
      'FORMAT',
      `${join(path, 'config.json')}: expected a ${kind} as ${name}; found ${JSON.stringify(value)}`,
    );
  };
  const optimizer: Record<string, unknown> = { ...wanted(config.optimizer, 'optimizer', 'object') };
  const kernels = wanted(config.kernels, 'kernels', 'string');
  return {
    epochs: wanted(config.epochs, 'epochs', 'number'),
    batchSize: wanted(config.batchSize, 'batchSize', 'number'),
    lr: wanted(optimizer.learningRate, 'optimizer.learningRate', 'number'),
    momentum: wanted(optimizer.momentum, 'optimizer.momentum', 'number'),
    weightDecay: wanted(optimizer.weightDecay, 'optimizer.weightDecay', 'number'),
    seed: wanted(config.seed, 'seed', 'number'),
    conv: wanted(config.convolution, 'convolution', 'string'),
    data: wanted(config.data, 'data', 'string'),
    normalization: wanted(config.normalization, 'normalization', 'object'),
    limit: wanted(config.trainImages, 'trainImages', 'number'),
    ...(kernels === 'relaxed' ? { kernels } : {}),
  };
}
