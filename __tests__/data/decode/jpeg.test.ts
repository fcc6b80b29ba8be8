import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { jpegFiles } from '../../../benchmarks/checks/fuzz/jpegFiles.js';
import { decodeImage } from '../../../src/data/decode/decodeImage.js';
import { toGrey } from '../../../src/data/image.js';
import { pictureFile } from '../../support/goldenPictures.js';
import { thrown } from '../../support/thrown.js';

const largestError = (found: Uint8Array, expected: readonly number[]) =>
  Math.max(...expected.map((value, i) => Math.abs(value - found[i])));

/** Puts segments behind a JPEG file's first marker. */
const withSegments = (file: Uint8Array, ...segments: readonly number[][]) =>
  Uint8Array.from([
    0xff,
    0xd8,
    ...segments.flatMap(([marker, ...content]) => {
      const length = content.length + 2;
      return [0xff, marker, length >> 8, length & 255, ...content];
    }),
    ...file.subarray(2),
  ]);

const text = (characters: string) => [...Buffer.from(characters, 'latin1')];

/** An Exif segment with some other entry and the orientation. */
const exif = (orientation: number, littleEndian: boolean) => {
  const tiff = new DataView(new ArrayBuffer(34));
  tiff.setUint16(0, littleEndian ? 0x4949 : 0x4d4d);
  for (const [at, value] of [
    [2, 42],
    [8, 2],
    [10, 0x0100],
    [12, 3],
    [18, 77],
    [22, 0x0112],
    [24, 3],
    [30, orientation],
  ])
    tiff.setUint16(at, value, littleEndian);
  for (const [at, value] of [
    [4, 8],
    [14, 1],
    [26, 1],
  ])
    tiff.setUint32(at, value, littleEndian);
  return [0xe1, ...text('Exif\0\0'), ...new Uint8Array(tiff.buffer)];
};

const [progressive, grey] = jpegFiles.map(({ bytes }) => bytes);

describe('JPEG', () => {
  it.each(jpegFiles)('of a gradient, $channels channels, is within $error of it', (file) => {
    const { width, height, channels, pixels } = decodeImage(file.bytes);
    expect([width, height, channels]).toEqual([20, 17, file.channels]);
    expect(largestError(pixels, file.pixels)).toBeLessThan(file.error);
  });

  /** A file as libjpeg writes it, a segment a Huffman table, without those of some classes and numbers. */
  const withoutTables = (file: Uint8Array, left: readonly number[]) => {
    let bytes = Buffer.from(file);
    for (let at = bytes.indexOf('ffc4', 0, 'hex'); at >= 0; at = bytes.indexOf('ffc4', at + 1, 'hex'))
      if (!left.includes(bytes[at + 4]))
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 2 + bytes.readUInt16BE(at + 2))]);
    return new Uint8Array(bytes);
  };
  const colours = new Uint8Array(readFileSync(pictureFile('444.jpg')));

  it.each([[[]], [[0x00, 0x10]], [[0x01, 0x11]], [[0x11]]])('has the standard Huffman tables but for %j', (left) => {
    const without = withoutTables(colours, left);
    expect(without.length).toBeLessThan(colours.length);
    expect(decodeImage(without)).toEqual(decodeImage(colours));
  });

  it('refuses a progressive image without Huffman tables, whose codes the standard ones lack', () => {
    expect(thrown(() => decodeImage(withoutTables(progressive, [])))).toMatch(/^FORMAT: .*damaged/);
  });

  // Where the first pixel of the file is to be seen, and where the one that follows it in its row (Exif 2.3, 4.6.4 A).
  it.each([
    [1, 'top left', 'right'],
    [2, 'top right', 'left'],
    [3, 'bottom right', 'left'],
    [4, 'bottom left', 'right'],
    [5, 'top left', 'down'],
    [6, 'top right', 'down'],
    [7, 'bottom right', 'up'],
    [8, 'bottom left', 'up'],
  ])('Exif orientation %d: the file’s first pixel is %s, its row goes %s', (orientation, corner, direction) => {
    const plain = toGrey(decodeImage(progressive));
    for (const littleEndian of [true, false]) {
      const seen = decodeImage(withSegments(progressive, exif(orientation, littleEndian)));
      const { width, height, pixels } = toGrey(seen);
      const along = ['left', 'right'].includes(direction);
      expect([width, height]).toEqual(along ? [20, 17] : [17, 20]);
      const start = (corner.startsWith('top') ? 0 : height - 1) * width + (corner.endsWith('left') ? 0 : width - 1);
      const step = { right: 1, left: -1, down: width, up: -width }[direction] ?? 0;
      expect(Array.from({ length: 20 }, (_, i) => pixels[start + i * step])).toEqual([...plain.pixels.subarray(0, 20)]);
      expect(pixels.toSorted()).toEqual(plain.pixels.toSorted());
    }
  });

  it('goes by the first of its Exif that can be read, and does without', () => {
    const plain = decodeImage(progressive);
    const broken = exif(6, true);
    broken[1 + 6 + 4] = 0xee;
    for (const segment of [
      broken,
      exif(0, true),
      exif(9, false),
      exif(6, true).slice(0, 20),
      [0xe1, ...text('Exif\0\0')],
      [0xe1],
    ])
      expect(decodeImage(withSegments(progressive, segment))).toEqual(plain);
  });

  /** A change in the frame's header: precision, height, width, components, and three bytes for each. */
  const frame = (at: number, ...bytes: number[]) => {
    const file = Uint8Array.from(progressive);
    file.set(bytes, file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc2) + 4 + at);
    return file;
  };
  const scan = Buffer.from(progressive).indexOf(Buffer.from([0xff, 0xda]));
  const frameStart = Buffer.from(progressive).indexOf(Buffer.from([0xff, 0xc2]));
  const marker = (value: number) => {
    const file = Uint8Array.from(progressive);
    file[frameStart + 1] = value;
    return file;
  };
  const scans = (count: number) =>
    Uint8Array.from([
      ...grey.subarray(0, -2),
      ...Array.from({ length: count - 1 }, () => [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0]).flat(),
      0xff,
      0xd9,
    ]);

  it.each<[string, Uint8Array, string]>([
    ['5001×5000 pixels', frame(1, 0x13, 0x88, 0x13, 0x89), '5001×5000'],
    ['5000×5000 pixels in 599 bytes', frame(1, 0x13, 0x88, 0x13, 0x88), '599 bytes cannot hold the 5000×5000'],
    ['no height', frame(1, 0, 0), '20×0'],
    ['12 bits a sample', frame(0, 12), '12'],
    ['2 components', frame(5, 2), '2 in a header'],
    ['a component that no scan has', frame(6, 9), 'damaged'],
    ['sampling factors of 0', frame(7, 0x02), '0×2'],
    ['a vertical sampling factor of 5', frame(7, 0x15), '1×5'],
    ['a horizontal sampling factor of 5', frame(7, 0x51), '5×1'],
    ['an arithmetic-coded frame', marker(0xc9), 'arithmetic'],
    ['a lossless frame', marker(0xc3), 'lossless'],
    ['no frame', marker(0xe5), 'no frame'],
    ['two frames', withSegments(progressive, [0xc0, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]), 'two frames'],
    ['101 scans', scans(101), 'at most 100 scans'],
    ['a scan header of another length', progressive.with(scan + 3, 13), `another at byte ${scan}`],
    [
      'a segment without a length',
      Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 1, ...progressive.subarray(2)]),
      'no length',
    ],
    [
      'a segment beyond its end',
      Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 255, 255, ...progressive.subarray(2)]),
      'cut short',
    ],
    ['no data in its first scan', Uint8Array.from([...progressive.subarray(0, scan + 14), 0xff, 0xd9]), 'damaged'],
    ['four bytes of data less', Uint8Array.from([...colours.subarray(0, -6), 0xff, 0xd9]), 'damaged'],
  ])('with %s is refused', (_, file, part) => {
    const error = thrown(() => decodeImage(file, 'coat.jpg'));
    expect(error).toMatch(/^FORMAT: coat\.jpg: cannot read it as JPEG: [^\n]+$/);
    expect(error).toContain(part);
  });

  it('cut short anywhere is refused', () => {
    for (const { bytes } of jpegFiles)
      for (let length = 0; length < bytes.length; length++)
        expect(thrown(() => decodeImage(bytes.subarray(0, length)))).toMatch(/^FORMAT: /);
  });
});
