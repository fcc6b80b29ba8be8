import { HeddleError } from '../errors.js';
import type { StateDict } from '../model/stateDict.js';
import type { StoredSource } from '../tensor/view.js';
import { version } from '../version.js';
import type { StepConfig } from './step.js';

/** SHA-256 of the data sets that a run uses. */
export interface DataFingerprints {
  readonly trainData?: string;
  readonly testData?: string;
}

/** What determines the bits of a run, but data: heddle's version, and all of the configuration that makes a difference. */
export function runSettings({
  workers,
  kernels,
  profile,
  layerModules,
  ...settings
}: StepConfig): Record<string, unknown> {
  return { version, ...settings, kernels: kernels === 'relaxed' ? kernels : 'strict' };
}

/** @throws HeddleError CHECKPOINT naming the versions or each setting whose value in a checkpoint is another one */
export function checkSettings(own: Record<string, unknown>, found: Readonly<Record<string, unknown>>): void {
  if (own.version !== found.version)
    throw new HeddleError(
      'CHECKPOINT',
      `the checkpoint is of heddle ${found.version ?? 'without a version'} and this is heddle ${own.version}, whose bits may be others; go on with the run in the version that began it`,
    );
  const differences = Object.keys(own)
    .map((name) => [name, JSON.stringify(own[name]), JSON.stringify(found[name])])
    .filter(([, here, there]) => here !== there)
    .map(([name, here, there]) => `${name} is ${here} here and ${there} there`);
  if (differences.length > 0)
    throw new HeddleError('CHECKPOINT', `the checkpoint is of another run: ${differences.join('; ')}`);
}

/** The tensors, copied as they lie in memory. */
export const copies = (state: StateDict): Map<string, StoredSource> =>
  new Map(
    [...state].map(([name, { shape, stride, offset, data }]) => [name, { shape, stride, offset, data: data.slice() }]),
  );
