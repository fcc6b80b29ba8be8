import { isDeepStrictEqual } from 'node:util';
import { HeddleError } from '../../../src/errors.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../../src/formats/checkpoint.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

/** What `train --resume` reads: right ones, such as have the right checksum and a wrong position, and damaged ones. */
export const checkpointReader: FuzzedReader = {
  name: 'checkpoint',
  codes: ['FORMAT'],
  share: 6,
  prepare(random) {
    const checkpoint = randomCheckpoint(random);
    const wrong = random.chance(0.3);
    if (wrong) spoil(random, checkpoint.position);
    const bytes = encodeCheckpoint(checkpoint);
    if (random.chance(0.5)) return () => check(bytes, checkpoint, !wrong);
    const damaged = damage(random, bytes);
    return () => check(damaged, checkpoint, isDeepStrictEqual(damaged, bytes) ? !wrong : undefined);
  },
};

function randomCheckpoint(random: Random): Checkpoint {
  // NaN has one bit pattern here, since a copy may make another of any of them.
  const values = (length: number) =>
    new Float32Array(random.bytes(4 * length).buffer).map((value) => (Number.isNaN(value) ? Number.NaN : value));
  const shape = [random.below(3), random.below(4)];
  const sum = () => ({ sum: random.below(99) / 7, of: random.below(9) });
  const running = { count: random.below(99), seconds: 0.5, sums: { loss: sum(), accuracy: sum() } };
  return {
    settings: { [random.pick(['seed', 'größe', '', 'constructor'])]: random.pick([1, null, [{}], 'x', 0.1]) },
    position: { steps: random.below(1e6), epochs: random.below(9), running },
    model: new Map([[random.pick(['a', 'model.a', 'ü\n']), { shape, data: values(shape[0] * shape[1]) }]]),
    optimizer: new Map(random.chance(0.5) ? [['a', { shape: [], data: BigInt64Array.of(7n) }]] : []),
    average: new Map(random.chance(0.5) ? [['best.a', { shape: [2], data: values(2) }]] : []),
    ...(random.chance(0.5)
      ? { best: { epoch: random.below(9), metric: 'testLoss', value: 0.5, state: new Map() } }
      : {}),
  };
}

/** Puts a value that cannot be into the position. */
function spoil(random: Random, position: Checkpoint['position']): void {
  const value = random.pick<unknown>([-1, 0.5, '1', null, true, [1], {}, 2 ** 53, 1e300, undefined]);
  const [key, target] = random.pick<[string, object]>([
    ['steps', position],
    ['epochs', position],
    ['running', position],
    ['count', position.running],
  ]);
  Object.assign(target, { [key]: value });
}

/** @param right whether it must be read; undefined when it may be neither */
function check(bytes: Uint8Array, wanted: Checkpoint, right: boolean | undefined): void {
  let found: Checkpoint;
  try {
    found = decodeCheckpoint(bytes);
  } catch (error) {
    if (error instanceof HeddleError) expectThat(right !== true, `refused a right checkpoint: ${error.message}`);
    throw error;
  }
  expectThat(right !== false, 'read a checkpoint whose position is wrong');
  expectThat(isDeepStrictEqual(found, wanted), 'read something else than is there');
}
