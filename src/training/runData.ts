import { fingerprint } from '../data/fingerprint.js';
import type { ImageDataset } from '../data/imageDataset.js';
import { HeddleError } from '../errors.js';

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
type DataFingerprints = Readonly<Partial<Record<(typeof fingerprintNames)[keyof DataSets], string>>>;

const fingerprintsOf = (sets: DataSets): DataFingerprints =>
  Object.fromEntries(
    setNames.flatMap((name) => {
      const dataset = sets[name];
      return dataset ? [[fingerprintNames[name], fingerprint(dataset)]] : [];
    }),
  );

/** Those among a checkpoint's settings. */
const dataFingerprints = (settings: Readonly<Record<string, unknown>>): DataFingerprints =>
  Object.fromEntries(
    Object.values(fingerprintNames).flatMap((name) => (settings[name] ? [[name, settings[name]]] : [])),
  );

/** @throws HeddleError CHECKPOINT when a data set is another than the checkpoint's; one that only one side has is not compared */
function checkData(expected: DataFingerprints, found: DataFingerprints): void {
  for (const name of setNames) {
    const wanted = expected[fingerprintNames[name]];
    if (wanted !== undefined && wanted !== (found[fingerprintNames[name]] ?? wanted))
      throw new HeddleError('CHECKPOINT', `the checkpoint is of a run with another ${what[name]} set than this one`);
  }
}

/** Which data a run uses, so that it goes on with no other. */
export class RunData {
  /** Of the last fit's data sets, or of the checkpoint's; taken when they are wanted, since that wants some time. */
  fingerprints: () => DataFingerprints = () => ({});
  /** What a checkpoint says of the data that the next fit must be given. */
  private expected: DataFingerprints = {};

  /** Begins with the data of a checkpoint's run. */
  restore(settings: Readonly<Record<string, unknown>>): void {
    const expected = dataFingerprints(settings);
    this.expected = expected;
    this.fingerprints = () => expected;
  }

  /**
   * Takes the data sets of a fit.
   *
   * @returns whether the validation set is the one before, told when it is asked
   * @throws HeddleError CHECKPOINT when a checkpoint's data sets are others
   */
  take(sets: DataSets): () => boolean {
    const { expected, fingerprints: before } = this;
    let known: DataFingerprints | undefined;
    const fingerprints = () => {
      known ??= fingerprintsOf(sets);
      return known;
    };
    if (Object.keys(expected).length > 0) checkData(expected, fingerprints());
    this.fingerprints = fingerprints;
    this.expected = {};
    return () => before().validationData === fingerprints().validationData;
  }
}
