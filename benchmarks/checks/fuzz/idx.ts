import { gunzipSync, gzipSync } from 'node:zlib';
import { readIdxBytes } from '../../../src/data/mnist/idx.js';
import { HeddleError } from '../../../src/errors.js';
import { otherKind } from './otherKinds.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

export const idxReader: FuzzedReader = {
  name: 'idx',
  codes: ['FORMAT'],
  share: 4,
  prepare(random) {
    const dimensions = random.pick([1, 3] as const);
    const bytes = idxFile(random, dimensions);
    return () => checkIdx(bytes, dimensions);
  },
};

export const gzipReader: FuzzedReader = {
  name: 'idx in gzip',
  codes: ['FORMAT'],
  share: 1,
  prepare(random) {
    const dimensions = random.pick([1, 3] as const);
    const content = idxFile(random, dimensions);
    const cut = random.below(content.length);
    const parts = random.chance(0.7) ? [content] : [content.subarray(0, cut), content.subarray(cut)];
    const level = random.pick([0, 1, 9]);
    const members = parts.map((part) => gzipSync(part, { level }));
    if (random.chance(1 / 2000)) members.push(...Array(64).fill(zeros));
    const padding = Buffer.alloc(random.pick([0, 0, 0, 1, 600]));
    const bytes = new Uint8Array(Buffer.concat([...members, padding, random.bytes(random.pick([0, 0, 0, 1, 9]))]));
    const file = random.chance(0.5) ? damage(random, bytes) : bytes;
    return () => checkIdx(file, dimensions);
  },
};

/** A mebibyte; 64 of them are more than any file here announces. */
const zeros = gzipSync(Buffer.alloc(2 ** 20));

function idxFile(random: Random, dimensions: 1 | 3): Uint8Array {
  if (random.chance(0.03)) return otherKind(random, 'idx');
  const found = random.chance(0.9) ? dimensions : random.below(6);
  const shape = Array.from({ length: found }, () => (random.chance(0.9) ? 1 + random.below(6) : random.size()));
  const length = shape.reduce((product, size) => product * size, 1);
  const bytes = Buffer.alloc(4 + 4 * found + (random.chance(0.9) && length < 5000 ? length : random.below(5000)));
  bytes.set([0, 0, random.chance(0.95) ? 8 : random.pick([9, 0x0b, 0x0d, 0x0e]), found]);
  for (const [axis, size] of shape.entries()) bytes.writeUInt32BE(size % 2 ** 32, 4 + 4 * axis);
  // Images compress, in part.
  const noise = random.bytes(random.below(100));
  for (let at = 4 + 4 * found; at < bytes.length; at += 1 + noise.length)
    bytes.set(noise.subarray(0, bytes.length - at), at);
  return random.chance(0.4) ? damage(random, bytes) : bytes;
}

/** Reads a file in chunks, and holds the outcome against what the whole of its bytes says. */
export async function checkIdx(file: Uint8Array, dimensions: 1 | 3): Promise<void> {
  const content = contentOf(file);
  const header = 4 + 4 * dimensions;
  const shape = content && shapeOf(content, dimensions);
  const half = file.length >> 1;
  const chunks = async function* (begin: number) {
    if (begin < half) yield file.subarray(begin, half);
    yield file.subarray(Math.max(begin, half));
  };
  try {
    const start = file.subarray(0, 512);
    const read = await readIdxBytes({ path: 'fuzz', size: file.length, start, read: chunks }, dimensions);
    expectThat(shape !== undefined && read.shape.join() === shape.join(), `took the shape ${read.shape}, not ${shape}`);
    expectThat(Buffer.compare(read.data, content?.subarray(header) ?? file) === 0, 'read other bytes');
  } catch (error) {
    expectThat(!(error instanceof HeddleError && shape), `refused a right file: ${error}`);
    throw error;
  }
}

/** The shape, if it is right and all of the content. */
function shapeOf(content: Uint8Array, dimensions: number): number[] | undefined {
  const header = 4 + 4 * dimensions;
  if (content.length < header || Buffer.compare(content.subarray(0, 4), Uint8Array.of(0, 0, 8, dimensions)) !== 0)
    return undefined;
  const view = new DataView(content.buffer, content.byteOffset);
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  const length = shape.reduce((product, size) => product * BigInt(size), 1n);
  return length > 0n && length === BigInt(content.length - header) ? shape : undefined;
}

/** What a file holds, unpacked by a call for the whole of it; undefined if it is damaged. */
function contentOf(file: Uint8Array): Uint8Array | undefined {
  if (file[0] !== 0x1f || file[1] !== 0x8b) return file;
  try {
    const result: unknown = gunzipSync(file, { info: true, maxOutputLength: 2 ** 24 });
    const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
    return file.subarray(engine.bytesWritten).every((byte) => byte === 0) ? buffer : undefined;
  } catch {
    return undefined;
  }
}
