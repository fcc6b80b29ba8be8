import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readIdx } from '../../../src/data/mnist/idx.js';

const MiB = 2 ** 20;
const fashion = path.join(import.meta.dirname, '../../../data/fashion-mnist');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'heddle-idx-'));
});
afterAll(() => rm(folder, { recursive: true }));

function idx(shape: number[], payload: Uint8Array, [type, dimensions] = [8, shape.length]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([type, dimensions], 2);
  shape.forEach((size, i) => {
    header.writeUInt32BE(size, 4 + 4 * i);
  });
  return Buffer.concat([header, payload]);
}

async function write(name: string, content: Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

/** Expects the error's code, the path and every text of `says` in the message. */
async function expectRefused(file: string, dimensions: 1 | 3, code: string, ...says: string[]): Promise<void> {
  const error = await readIdx(file, dimensions).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toMatchObject({ name: 'HeddleError', code });
  for (const text of [file, ...says]) expect(error.message).toContain(text);
}

const pixels = Uint8Array.from({ length: 30 }, (_, i) => (i * 37) % 256);

describe('readIdx on good files', () => {
  it.each([
    ['plain', (content: Buffer) => content],
    ['gzip', (content: Buffer) => gzipSync(content)],
  ])('reads 2 images of 5×3, %s, whatever the name ends in, into shared memory', async (kind, pack) => {
    const { shape, data } = await readIdx(await write(`good-${kind}`, pack(idx([2, 5, 3], pixels))), 3);
    expect(shape).toEqual([2, 5, 3]);
    expect([...data]).toEqual([...pixels]);
    expect(Object.prototype.toString.call(data.buffer)).toBe('[object SharedArrayBuffer]');
  });

  it('reads labels', async () => {
    const { shape, data } = await readIdx(await write('labels', idx([3], Uint8Array.of(7, 0, 255))), 1);
    expect(shape).toEqual([3]);
    expect([...data]).toEqual([7, 0, 255]);
  });

  it("accepts 16 MiB of zeros in gzip, near deflate's best ratio of 1032:1", async () => {
    const packed = gzipSync(idx([16, 1024, 1024], new Uint8Array(16 * MiB)), { level: 9 });
    expect((16 * MiB) / packed.length).toBeGreaterThan(1000);
    const { data } = await readIdx(await write('zeros.gz', packed), 3);
    expect(data.length).toBe(16 * MiB);
  });
});

describe('the bundled Fashion-MNIST', () => {
  it('has the SHA-256 sums of its SHA256SUMS, 4 files', () => {
    const sums = readdirSync(fashion)
      .filter((name) => name.endsWith('.gz'))
      .map((name) => {
        const sum = createHash('sha256').update(readFileSync(path.join(fashion, name)));
        return `${sum.digest('hex')}  ${name}\n`;
      });
    expect(sums).toHaveLength(4);
    expect(sums.join('')).toBe(readFileSync(path.join(fashion, 'SHA256SUMS'), 'utf8'));
  });

  it.each([
    ['train', 60_000, [9, 0, 0, 3, 0]],
    ['t10k', 10_000, [9, 2, 1, 1, 6]],
  ])('%s: %d images of 28×28 and their labels, all from 0 to 9', async (prefix, count, firstLabels) => {
    const images = await readIdx(path.join(fashion, `${prefix}-images-idx3-ubyte.gz`), 3);
    const labels = await readIdx(path.join(fashion, `${prefix}-labels-idx1-ubyte.gz`), 1);
    expect(images.shape).toEqual([count, 28, 28]);
    expect(images.data.length).toBe(count * 784);
    expect(labels.shape).toEqual([count]);
    expect([...labels.data.subarray(0, 5)]).toEqual(firstLabels);
    expect(labels.data.reduce((a, b) => Math.max(a, b), 0)).toBe(9);
  });
});

describe('readIdx refuses, with expected and found in the message,', () => {
  const good = idx([2, 5, 3], pixels);

  it.each<[string, Uint8Array, string[]]>([
    ['an empty file', Buffer.alloc(0), ['header of 16 bytes', 'ends at byte 0']],
    ['a header cut at byte 10', good.subarray(0, 10), ['header of 16 bytes', 'ends at byte 10']],
    ['a header alone', good.subarray(0, 16), ['a file of 46 bytes', 'found 16']],
    ['a payload 1 byte short', good.subarray(0, 45), ['2×5×3', 'a file of 46 bytes', 'found 45']],
    ['a payload 1 byte too long', Buffer.concat([good, Buffer.of(0)]), ['a file of 46 bytes', 'found 47']],
    ['a wrong first byte', Buffer.concat([Buffer.of(1), good.subarray(1)]), ['00 00 08 03', '01 00 08 03', 'byte 0']],
    ['type 0d, float', idx([2, 5, 3], pixels, [13, 3]), ['00 00 0d 03', 'byte 2', 'type']],
    ['labels where images are wanted', idx([30], pixels), ['00 00 08 01', 'byte 3', 'number of dimensions']],
    ['a dimension of 0', idx([2, 0, 3], Buffer.alloc(0)), ['2×0×3', 'byte 8']],
    ['a claim of 2 GiB and 1 byte', idx([2 ** 31 + 1, 1, 1], pixels), ['at most 2147483648', '2147483649 bytes']],
    ['a claim of 2^96 bytes', idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], pixels), ['at most 2147483648']],
  ])('%s', async (title, content, says) => {
    await expectRefused(await write(title.replaceAll(' ', '-'), content), 3, 'FORMAT', ...says);
  });

  it('images where labels are wanted', async () => {
    await expectRefused(await write('images', good), 1, 'FORMAT', '00 00 08 01', '00 00 08 03');
  });

  it.each<[string, Uint8Array, string]>([
    ['a plain file named .gz', good, '00 00'],
    ['an empty file named .gz', Buffer.alloc(0), 'an empty file'],
  ])('%s', async (title, content, found) => {
    await expectRefused(await write(`${title.replaceAll(' ', '-')}.gz`, content), 3, 'FORMAT', '1f 8b', found);
  });

  it.each<[string, string, string]>([
    ['pointer.gz', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n', 'git lfs pull'],
    ['pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n', 'git lfs pull'],
    ['page.gz', '\n<!doctype HTML><title>404</title>', 'a web page (HTML)'],
    ['archive', `PK\x03\x04${'\0'.repeat(40)}`, 'a ZIP archive. Unpack it first'],
  ])('%s, for what it is', async (name, text, says) => {
    await expectRefused(await write(name, Buffer.from(text, 'latin1')), 3, 'FORMAT', says);
  });

  it('with “download it again” where a file is cut short, not where it is of another kind or too long', async () => {
    const message = async (name: string, bytes: Uint8Array) => {
      const error = await readIdx(await write(name, bytes), 3).catch((reason) => reason);
      return error.message as string;
    };
    expect(await message('short', good.subarray(0, 20))).toMatch(/download it again/);
    expect(await message('short.gz', gzipSync(good).subarray(0, 20))).toMatch(/download it again/);
    expect(await message('long', Buffer.concat([good, good]))).not.toMatch(/download/);
    expect(await message('plain.gz', good)).not.toMatch(/download/);
    expect(await message('large', idx([2 ** 31 + 1, 1, 1], pixels))).not.toMatch(/download/);
  });

  it('a missing file and a folder, as FILE', async () => {
    await expectRefused(path.join(folder, 'missing'), 3, 'FILE', 'ENOENT');
    await expectRefused(folder, 3, 'FILE', 'regular file');
  });
});

describe('readIdx refuses gzip', () => {
  const noise = Uint8Array.from({ length: 3000 }, (_, i) => (i * i * 2654435761) >>> 13);
  const content = idx([200, 5, 3], noise);
  const packed = gzipSync(content);

  it('reads members one after the other, wherever they are cut, as gzip does', async () => {
    const parts = [content.subarray(0, 3), content.subarray(3, 1000), Buffer.alloc(0), content.subarray(1000)];
    const { data } = await readIdx(await write('members.gz', Buffer.concat(parts.map((part) => gzipSync(part)))), 3);
    expect([...data]).toEqual([...noise]);
  });

  it.each([1, 2, 600, 100_000])('reads on to %d zeros behind it, as gzip and Python do', async (zeros) => {
    for (const parts of [[content], [content.subarray(0, 1000), content.subarray(1000)]]) {
      const file = Buffer.concat([...parts.map((part) => gzipSync(part)), Buffer.alloc(zeros)]);
      const { data } = await readIdx(await write(`padded-${zeros}.gz`, file), 3);
      expect([...data]).toEqual([...noise]);
    }
  });

  it.each<[string, () => Uint8Array, string[]]>([
    [
      'with a zero and more behind it',
      () => Buffer.concat([packed, Buffer.of(0, 1, 2)]),
      [`at byte ${packed.length}, or zeros`, '3 bytes more', 'Take them away'],
    ],
    [
      'with 100,000 zeros and more behind it',
      () => Buffer.concat([packed, Buffer.alloc(100_000), Buffer.of(1)]),
      ['100001 bytes more'],
    ],
    [
      'with other bytes behind it',
      () => Buffer.concat([packed, Buffer.of(80, 75)]),
      ['bad gzip data', 'other bytes follow', 'Take them away'],
    ],
    ['of nothing', () => gzipSync(Buffer.alloc(0)), ['header of 16 bytes', 'ends at byte 0']],
    ['of a header alone', () => gzipSync(content.subarray(0, 16)), ['3000 bytes', 'found 0']],
    ['of a payload 1 byte short', () => gzipSync(content.subarray(0, -1)), ['3000 bytes', 'found 2999']],
    ['of a payload 1 byte too long', () => gzipSync(Buffer.concat([content, Buffer.of(0)])), ['more than 3000']],
    ['cut in the middle', () => packed.subarray(0, packed.length >> 1), ['bad gzip data', 'unexpected end of file']],
    ['without its 8-byte trailer', () => packed.subarray(0, -8), ['bad gzip data', 'unexpected end of file']],
    ['of 2 bytes', () => packed.subarray(0, 2), ['bad gzip data', 'unexpected end of file']],
    ['with one bit of the checksum flipped', () => flip(packed, packed.length - 8), ['incorrect data check']],
    ['with one bit of the data flipped', () => flip(packed, packed.length >> 1), ['bad gzip data']],
  ])('%s', async (title, make, says) => {
    await expectRefused(await write(`${title.replaceAll(' ', '-')}.gz`, make()), 3, 'FORMAT', ...says);
  });

  it('claiming 47 MB in a file that can hold at most 1032 times its size, before any of it is allocated', async () => {
    const file = await write('claim.gz', gzipSync(idx([60_000, 28, 28], pixels)));
    const before = process.memoryUsage().arrayBuffers;
    await expectRefused(file, 3, 'FORMAT', '47040000 bytes', 'cannot hold more than');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MiB);
  });

  it('claiming more than 2 GiB', async () => {
    await expectRefused(await write('huge.gz', gzipSync(idx([2 ** 31 + 1, 1, 1], pixels))), 3, 'FORMAT', '2147483649');
  });

  it('of 1 GiB behind a header that claims 30 bytes, with peak memory growing by less than 64 MiB', async () => {
    const zeros = gzipSync(Buffer.alloc(MiB));
    const file = await write('bomb.gz', Buffer.concat([gzipSync(good30()), ...Array(1024).fill(zeros)]));
    const peakKiB = () => process.resourceUsage().maxRSS;
    const before = peakKiB();
    await expectRefused(file, 3, 'FORMAT', 'more than 30');
    expect(peakKiB() - before).toBeLessThan(64 * 1024);
  });

  function good30(): Buffer {
    return idx([2, 5, 3], pixels);
  }

  function flip(bytes: Uint8Array, at: number): Uint8Array {
    const copy = Uint8Array.from(bytes);
    copy[at] ^= 4;
    return copy;
  }
});

it('readIdx leaves no file open, after success, a bad header and bad gzip data', async () => {
  const good = idx([2, 5, 3], pixels);
  const files = [
    await write('fd-good', good),
    await write('fd-bad', idx([30], pixels)),
    await write('fd-not.gz', good),
    await write('fd-cut.gz', gzipSync(good).subarray(0, 20)),
  ];
  await Promise.allSettled(files.map((file) => readIdx(file, 3)));
  const open = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // The descriptor of the listing itself is gone by now.
    }
  });
  expect(open.filter((target) => files.includes(target))).toEqual([]);
});
