import type { Dataset } from '../data/dataset.js';
import { fingerprint, samplerFingerprint } from '../data/fingerprint.js';
import type { Sampler } from '../data/sampler.js';
import { HeddleError } from '../errors.js';
import type { SetName } from './metrics.js';

/** What a run trains on, and what it looks at after each epoch. */
export interface DataSets {
  readonly train: Dataset;
  readonly sampler: Sampler | undefined;
  readonly test: Dataset | undefined;
  readonly validation: Dataset | undefined;
}

/** Which of the sets there are. */
export const setsIn = (sets: DataSets) =>
  (['train', 'validation', 'test'] as const).filter((set) => sets[set] !== undefined);

const setNames = {
  trainData: 'training set',
  sampler: 'sampler',
  testData: 'test set',
  validationData: 'validation set',
} as const;
const dataNames = Object.keys(setNames) as (keyof typeof setNames)[];

/** SHA-256 of the data sets and the sampler that a run uses, by their names among a checkpoint's settings. */
type DataFingerprints = Readonly<Partial<Record<keyof typeof setNames, string | undefined>>>;

const fingerprintsOf = ({ train, sampler, test, validation }: DataSets): DataFingerprints => ({
  trainData: fingerprint(train),
  sampler: sampler ? samplerFingerprint(sampler, train.count) : 'none',
  testData: test && fingerprint(test),
  validationData: validation && fingerprint(validation),
});

/** Which data a run uses, so that it goes on with no other. */
export class RunData {
  /** Of the last fit's data sets, or of the checkpoint's; taken when they are wanted, since that wants some time. */
  fingerprints: () => DataFingerprints = () => ({});
  /** What a checkpoint says of the data that the next fit must be given. */
  private expected: DataFingerprints = {};

  /** Begins with the data of a checkpoint's run. */
  restore(settings: Readonly<Record<string, unknown>>): void {
    const { trainData, sampler, testData, validationData } = settings as DataFingerprints;
    const expected = { trainData, sampler, testData, validationData };
    this.expected = expected;
    this.fingerprints = () => expected;
  }

  /** Takes the data sets of a fit.
   *
   * @returns whether a set is the one before, told when it is asked
   * @throws HeddleError CHECKPOINT when a checkpoint's data sets are others; one that only one side has is not compared */
  take(sets: DataSets): (set: SetName) => boolean {
    const { expected, fingerprints: before } = this;
    let known: DataFingerprints | undefined;
    const fingerprints = () => {
      known ??= fingerprintsOf(sets);
      return known;
    };
    for (const name of dataNames) {
      const wanted = expected[name];
      if (wanted !== undefined && wanted !== (fingerprints()[name] ?? wanted))
        throw new HeddleError('CHECKPOINT', `the checkpoint is of a run with another ${setNames[name]} than this one`);
    }
    this.fingerprints = fingerprints;
    this.expected = {};
    return (set) => before()[`${set}Data`] === fingerprints()[`${set}Data`];
  }
}
