import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { zipSync } from 'fflate';
import { npzOf, withNpz } from '../../src/formats/npz.js';
import { folders } from '../support/dataFiles.js';

const folder = folders();
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'read',
    (error) => `${error.code}: ${error.message}`,
  );

const content = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) >> 5);
const archive = zipSync({ 'a.npy': content, 'b.npy': [content.subarray(0, 9), { level: 0 }] });
/** The archive with a number in the entry of an array in its directory, of which the first is `a`. */
function changed(offset: number, value: number): Uint8Array {
  const bytes = Buffer.from(archive);
  bytes.writeUInt32LE(value, bytes.indexOf('PK\x01\x02', 'latin1') + offset);
  return bytes;
}
const [CHECKSUM, PACKED_SIZE, SIZE] = [16, 20, 24];
const readA = async (bytes: Uint8Array) => (await npzOf(bytes, 'file')).read('a');

describe('an archive of .npy files', () => {
  it('gives its names and the bytes of each, packed or not', async () => {
    const path = join(folder({ 'x.npz': archive }), 'x.npz');
    const found = await withNpz(path, async ({ names, read }) => [names, await read('b'), await read('a')]);
    expect(found).toEqual([['a', 'b'], content.subarray(0, 9), content]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a bit of the packed bytes is wrong', Buffer.from(archive).fill(archive[60] ^ 4, 60, 61), /^FORMAT: file, a: /],
    ['the checksum is wrong', changed(CHECKSUM, 7), /^FORMAT: file, a: its checksum does not fit its bytes/],
    ['it says too large a size', changed(SIZE, 5001), /^FORMAT: file, a: .*not enough bytes in the stream/],
    ['it says too small a size', changed(SIZE, 4999), /^FORMAT: file, a: .*too many bytes in the stream/],
    [
      'it says a size that no packed bytes become',
      changed(SIZE, 2 ** 31 - 1),
      /^FORMAT: file, a: expected at most \d+ bytes/,
    ],
    ['it says more packed bytes than there are', changed(PACKED_SIZE, 2 ** 30), /^FORMAT: file, a: /],
    ['its end is missing', archive.subarray(0, -30), /^FORMAT: file: expected a whole \.npz archive/],
  ])('is refused when %s', async (_title, bytes, message) => {
    expect(await failure(readA(bytes))).toMatch(message);
  });

  it('takes no memory for a gibibyte that a file of 200 bytes announces', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const sizes = [changed(SIZE, 2 ** 30), changed(SIZE, 2 ** 32 - 2)];
    for (const bytes of sizes) expect(await failure(readA(bytes))).toMatch(/^FORMAT/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
  });

  it('is refused with more than 1000 arrays, and with two of one name', async () => {
    const many = zipSync(
      Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`${i}.npy`, content.subarray(0, 1)])),
    );
    expect(await failure(npzOf(many, 'file'))).toMatch(/^FORMAT: file: expected at most 1000 arrays/);
    const twice = zipSync({ 'a.npy': content, a: content });
    expect(await failure(npzOf(twice, 'file'))).toMatch(/^FORMAT: file: .*found two 'a'/);
  });

  it('is told from files of other kinds, folders and what is not there', async () => {
    const dir = folder({ 'x.npz': zipSync({ 'readme.txt': content }) });
    const read = (path: string) => failure(withNpz(path, async () => 'read'));
    expect(await read(join(dir, 'x.npz'))).toMatch(/^FORMAT: .*expected a NumPy \.npz archive; found a ZIP archive/);
    writeFileSync(join(dir, 'empty.npz'), '');
    expect(await read(join(dir, 'empty.npz'))).toMatch(/^FORMAT: .*empty\.npz: expected a whole \.npz archive/);
    expect(await read(dir)).toMatch(/^FILE: .*found a folder/);
    expect(await read(join(dir, 'nowhere.npz'))).toMatch(/^FILE: .*ENOENT/);
  });
});
