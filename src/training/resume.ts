import { fingerprint } from '../data/fingerprint.js';
import type { ImageDataset } from '../data/imageDataset.js';
import { HeddleError } from '../errors.js';
import { version } from '../formats/version.js';
import type { StateDict } from '../network/stateDict.js';
import type { StoredSource } from '../tensor/view.js';
import type { RunConfig } from './runConfig.js';

/** What a run trains on, and what it looks at after each epoch. */
export interface DataSets {
  readonly train: ImageDataset;
  readonly test: ImageDataset | undefined;
  readonly validation: ImageDataset | undefined;
}

const fingerprintNames = { train: 'trainData', test: 'testData', validation: 'validationData' } as const;
const what = { train: 'training', test: 'test', validation: 'validation' } as const;
const setNames = Object.keys(fingerprintNames) as (keyof DataSets)[];

/** SHA-256 of the data sets that a run uses. */
export type DataFingerprints = Readonly<Partial<Record<(typeof fingerprintNames)[keyof DataSets], string>>>;

export const fingerprintsOf = (sets: DataSets): DataFingerprints =>
  Object.fromEntries(
    setNames.flatMap((name) => {
      const dataset = sets[name];
      return dataset ? [[fingerprintNames[name], fingerprint(dataset)]] : [];
    }),
  );

/** Those among a checkpoint's settings. */
export const dataFingerprints = (settings: Readonly<Record<string, unknown>>): DataFingerprints =>
  Object.fromEntries(
    Object.values(fingerprintNames).flatMap((name) => (settings[name] ? [[name, settings[name]]] : [])),
  );

/** @throws HeddleError CHECKPOINT when a data set is another than the checkpoint's; one that only one side has is not compared */
export function checkData(expected: DataFingerprints, found: DataFingerprints): void {
  for (const name of setNames) {
    const wanted = expected[fingerprintNames[name]];
    if (wanted !== undefined && wanted !== (found[fingerprintNames[name]] ?? wanted))
      throw new HeddleError('CHECKPOINT', `the checkpoint is of a run with another ${what[name]} set than this one`);
  }
}

/** What determines the bits of a run, but data: heddle's version, and all of the configuration that makes a difference. */
export function runSettings({
  workers,
  kernels,
  profile,
  layerModules,
  ...settings
}: RunConfig): Record<string, unknown> {
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
  if (differences.length === 0) return;
  const advice = differences.some((text) => text.startsWith('schedule '))
    ? '. A schedule belongs to a number of epochs: another number wants a run from the start'
    : '';
  throw new HeddleError('CHECKPOINT', `the checkpoint is of another run: ${differences.join('; ')}${advice}`);
}

/** The tensors, copied as they lie in memory. */
export const copies = (state: StateDict): Map<string, StoredSource> =>
  new Map(
    [...state].map(([name, { shape, stride, offset, data }]) => [name, { shape, stride, offset, data: data.slice() }]),
  );
