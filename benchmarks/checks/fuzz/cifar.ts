import { cifar10, cifar100, recordsOf } from '../../../src/datasets/cifar.js';
import { HeddleError } from '../../../src/errors.js';
import { otherKind } from './otherKinds.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

const PIXELS = 3072;

/** One to three files of records, with labels of which some are too large, and damaged ones. */
export const cifarReader: FuzzedReader = {
  name: 'CIFAR',
  codes: ['FORMAT'],
  share: 1,
  prepare(random) {
    const kind = random.pick([cifar10, cifar100]);
    const files = Array.from({ length: 1 + random.below(3) }, () => recordFile(random, kind));
    return () => checkRecords(files, kind);
  },
};

type Kind = typeof cifar10;

function recordFile(random: Random, { labels, classes }: Kind): Uint8Array {
  if (random.chance(0.03)) return otherKind(random, 'idx');
  const pixels = random.bytes(16);
  const record = () => {
    const wanted = random.chance(0.97) ? random.below(classes) : random.below(256);
    const before = labels === 2 ? [random.below(256), wanted] : [wanted];
    return Buffer.concat([Uint8Array.from(before), Buffer.alloc(PIXELS, pixels)]);
  };
  const bytes = new Uint8Array(
    Buffer.concat(Array.from({ length: random.chance(0.95) ? 1 + random.below(3) : 0 }, record)),
  );
  return random.chance(0.2) ? damage(random, bytes) : bytes;
}

function checkRecords(files: readonly Uint8Array[], kind: Kind): void {
  const record = kind.labels + PIXELS;
  const records = files.flatMap((bytes) =>
    Array.from({ length: Math.ceil(bytes.length / record) }, (_, i) => bytes.subarray(i * record, (i + 1) * record)),
  );
  const isRight =
    files.every(({ length }) => length > 0) &&
    records.every((bytes) => bytes.length === record && bytes[kind.labels - 1] < kind.classes);
  const contents = files.map((bytes, i) => ({ path: `file ${i}`, bytes }));
  try {
    const { inputs, targets, count } = recordsOf(contents, kind);
    expectThat(isRight && count === records.length, 'took wrong files');
    for (const [i, bytes] of records.entries()) {
      const pixels = inputs.subarray(i * PIXELS, (i + 1) * PIXELS);
      expectThat(targets[i] === bytes[kind.labels - 1], `read the label ${targets[i]} of record ${i}`);
      expectThat(Buffer.compare(pixels, bytes.subarray(kind.labels)) === 0, `read other pixels of record ${i}`);
    }
  } catch (error) {
    expectThat(!(error instanceof HeddleError && isRight), `refused right files: ${error}`);
    throw error;
  }
}
