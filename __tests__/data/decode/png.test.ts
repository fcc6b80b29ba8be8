import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import {
  type Chunk,
  joinChunks,
  type PngPicture,
  pngChunks,
  pngFile,
  pngPixels,
} from '../../../benchmarks/checks/fuzz/png.js';
import { decodeImage } from '../../../src/data/decode/decodeImage.js';
import { toGrey } from '../../../src/data/image.js';
import { thrown } from '../../support/thrown.js';

const largestError = (found: Uint8Array, expected: readonly number[]) =>
  Math.max(...expected.map((value, i) => Math.abs(value - found[i])));

const greys = (file: Uint8Array) => toGrey(decodeImage(file)).pixels;

/** Numbers below `most` that go through all values, in no simple order. */
const numbers = (length: number, most: number) => Array.from({ length }, (_, i) => (i * 40_503 + 17) % most);

const png = (picture: Partial<PngPicture>): PngPicture => ({
  width: 1,
  height: 1,
  colourType: 0,
  depth: 8,
  samples: [0],
  ...picture,
});

/** A file with some of its chunks replaced. */
const changed = (chunks: readonly Chunk[], change: (chunk: Chunk) => readonly Chunk[]) =>
  joinChunks(chunks.flatMap(change));

describe('PNG', () => {
  const kinds: [string, PngPicture['colourType'], number, PngPicture['depth'][]][] = [
    ['grey', 0, 1, [1, 2, 4, 8, 16]],
    ['colour', 2, 3, [8, 16]],
    ['grey and alpha', 4, 2, [8, 16]],
    ['colour and alpha', 6, 4, [8, 16]],
  ];
  const all = kinds.flatMap(([name, colourType, channels, depths]) =>
    depths.map((depth) => ({ name, colourType, channels, depth })),
  );

  it.each(all)(
    '$name of $depth bits, 13×11, is within rounding of what it shows on white',
    ({ colourType, channels, depth }) => {
      const samples = numbers(13 * 11 * channels, 2 ** depth);
      for (const interlaced of [false, true]) {
        const picture = png({ width: 13, height: 11, colourType, depth, samples, interlaced });
        const image = decodeImage(pngFile(picture, (row) => row % 5));
        const expected = pngPixels(picture);
        expect([image.width, image.height, image.channels]).toEqual([13, 11, expected.channels]);
        // Of 16 bits the number and its alpha become integers first.
        const bound = depth === 16 ? 1.51 : 0.51;
        expect(largestError(image.pixels, expected.pixels)).toBeLessThan(bound);
      }
    },
  );

  it.each([1, 2, 4, 8] as const)('a palette of %d bits is that of its colours, of which two have alpha', (depth) => {
    const palette = Array.from({ length: 2 ** depth }, (_, i) => [(i * 97) % 256, (i * 31) % 256, 255 - i] as const);
    const samples = numbers(13 * 11, 2 ** depth);
    const picture = { width: 13, height: 11, colourType: 3, depth, samples, palette, transparency: [0, 100] } as const;
    for (const interlaced of [false, true]) {
      const { channels, pixels } = decodeImage(pngFile({ ...picture, interlaced }));
      expect(channels).toBe(3);
      expect(largestError(pixels, pngPixels(picture).pixels)).toBeLessThan(0.51);
    }
  });

  it.each([1, 2, 4, 8, 16] as const)(
    'interlaced images of %d bits and 1×1 to 9×9 pixels are those that are not interlaced, one grey transparent',
    (depth) => {
      for (let width = 1; width <= 9; width++)
        for (let height = 1; height <= 9; height++) {
          const samples = numbers(width * height, 2 ** depth);
          const picture = png({ width, height, depth, samples, transparency: [samples[0]] });
          const plain = decodeImage(pngFile(picture, (row) => row % 5));
          expect(largestError(plain.pixels, pngPixels(picture).pixels)).toBeLessThan(0.51);
          expect(plain.pixels[0]).toBe(255);
          expect(decodeImage(pngFile({ ...picture, interlaced: true }, (row) => row % 5))).toEqual(plain);
        }
    },
  );

  it('a colour may be transparent in an image of one pixel', () => {
    const picture = png({ colourType: 2, samples: [1, 2, 3], transparency: [1, 2, 3] });
    expect([...decodeImage(pngFile(picture)).pixels]).toEqual([255, 255, 255]);
  });

  it('reads an interlaced grey of one bit from PngSuite', () => {
    // basi0g01.png of PngSuite by Willem van Schaik: 32×32, white above the diagonal and black below, figures in both.
    const file = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgAQAAAAEsBnfPAAAABGdBTUEAAYagMeiWXwAAAJBJREFUeJwtjTEOwjAMRd/GgsQVGHoA' +
        'pC4Zergeg7En4AxWOQATY6WA2FgsZckQNXxLeLC/v99PcBaMGeesuXCj8tHe2Wlc5b9ZY9/ZKq9Mn9kn6kSeZIffW5w255m5G98I' +
        'K01L1AFP5AFLAat6F67mlNKNMootY4N6cEUeFkhwLZqf9KEdL3pRqiHloYx//QCU41EdZhgi8gAAAABJRU5ErkJggg==',
      'base64',
    );
    const { width, height, pixels } = decodeImage(file);
    expect([width, height]).toEqual([32, 32]);
    expect([...pixels.subarray(0, 32)]).toEqual([...Array(31).fill(255), 0]);
    expect([...pixels.subarray(31 * 32)]).toEqual(Array(32).fill(0));
  });

  it('one bit is 0 and 255, two are 0, 85, 170 and 255, sixteen are rounded', () => {
    const of = (depth: 1 | 2 | 16, samples: number[]) => [
      ...decodeImage(pngFile(png({ width: samples.length, depth, samples }))).pixels,
    ];
    expect(of(1, [0, 1, 1, 0, 0, 0, 0, 0, 1])).toEqual([0, 255, 255, 0, 0, 0, 0, 0, 255]);
    expect(of(2, [0, 1, 2, 3])).toEqual([0, 85, 170, 255]);
    expect(of(16, [0, 128, 129, 65_535])).toEqual([0, 0, 1, 255]);
  });

  it('red, green and blue are 76, 150 and 29, as Pillow’s convert("L") has them', () => {
    const samples = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 200, 99];
    expect([...greys(pngFile(png({ width: 4, colourType: 2, samples })))]).toEqual([76, 150, 29, 132]);
  });

  it('what is transparent is white: a grey, a colour, alpha 0', () => {
    const white = (picture: Partial<PngPicture>) => [...greys(pngFile(png({ width: 3, ...picture })))];
    expect(white({ samples: [7, 8, 9], transparency: [8] })).toEqual([7, 255, 9]);
    expect(white({ depth: 2, samples: [0, 1, 2], transparency: [1] })).toEqual([0, 255, 170]);
    expect(white({ depth: 16, samples: [257, 258, 514], transparency: [258] })).toEqual([1, 255, 2]);
    const samples = [9, 9, 9, 9, 9, 8, 9, 8, 9];
    expect(white({ colourType: 2, samples, transparency: [9, 9, 8] })).toEqual([9, 255, 8]);
    expect(white({ colourType: 4, samples: [0, 255, 0, 0, 0, 51] })).toEqual([0, 255, 204]);
  });

  it('reads pixels in several chunks, and passes over others unread, also a damaged colour profile', () => {
    const chunks = pngChunks(png({ width: 9, samples: numbers(9, 256) }));
    const profile = Buffer.from('name\0\0not deflated', 'latin1');
    const file = changed(chunks, ([type, content]) =>
      type === 'IDAT'
        ? [
            ['iCCP', profile],
            ['IDAT', content.subarray(0, 5)],
            ['IDAT', new Uint8Array(0)],
            ['IDAT', content.subarray(5)],
          ]
        : [[type, content]],
    );
    expect([...decodeImage(file).pixels]).toEqual(numbers(9, 256));
  });

  const row = png({ width: 9, samples: numbers(9, 256) });
  const header = (at: number, ...bytes: number[]) =>
    changed(pngChunks(row), ([type, content]) => {
      const result = Buffer.from(content);
      if (type === 'IHDR') result.set(bytes, at);
      return [[type, result]];
    });
  const zeros = deflateSync(Buffer.alloc(2 ** 26));

  it.each<[string, Uint8Array, string]>([
    ['5001×5000 pixels', header(0, 0, 0, 0x13, 0x89, 0, 0, 0x13, 0x88), '5001×5000'],
    ['2³²−1 pixels each way', header(0, ...Array(8).fill(255)), '4294967295×4294967295'],
    ['no width', header(0, 0, 0, 0, 0), '0×1'],
    ['3 bits a sample', header(8, 3), '3 bits'],
    ['16 bits in a palette', header(8, 16, 3), 'colour type 3 with 16 bits'],
    ['an unknown colour type', header(9, 5), 'colour type 5'],
    ['an unknown compression', header(10, 1), 'compression method 1'],
    ['an unknown filter method', header(11, 1), 'filter method 1'],
    ['an unknown interlacing', header(12, 2), 'interlace method 2'],
    [
      'half a transparent grey',
      changed(pngChunks(row), (chunk) => (chunk[0] === 'IHDR' ? [chunk, ['tRNS', Uint8Array.of(1)]] : [chunk])),
      '2 bytes of transparency, found 1',
    ],
    [
      'alphas for more colours than its palette has',
      pngFile(png({ colourType: 3, palette: [[1, 2, 3]], transparency: [1, 2] })),
      'at most 1 bytes of transparency, found 2',
    ],
    [
      'an unknown row filter',
      changed(pngChunks(row), ([type, content]) => [
        [type, type === 'IDAT' ? deflateSync(Buffer.alloc(10, 5)) : content],
      ]),
      'a row has filter 5',
    ],
    ['fewer pixels than its header says', header(3, 10), '10 bytes of pixels, its header says 11'],
    ['more pixels than its header says', header(3, 8), 'more than the 9 bytes'],
    [
      '64 MiB of pixels for 9',
      changed(pngChunks(row), ([type, content]) => [[type, type === 'IDAT' ? zeros : content]]),
      'more than the 10 bytes',
    ],
    [
      'two headers',
      changed(pngChunks(row), (chunk) => (chunk[0] === 'IHDR' ? [chunk, chunk] : [chunk])),
      'two chunks IHDR',
    ],
    ['no header', changed(pngChunks(row), (chunk) => (chunk[0] === 'IHDR' ? [] : [chunk])), 'found 0'],
    ['no pixels', changed(pngChunks(row), (chunk) => (chunk[0] === 'IDAT' ? [] : [chunk])), 'damaged'],
    ['no palette', pngFile(png({ colourType: 3 })), 'palette of 0'],
    [
      'a colour that its palette has not',
      pngFile(png({ colourType: 3, samples: [1], palette: [[1, 2, 3]] })),
      'colour 1 of a palette of 1',
    ],
  ])('with %s is refused', (_, file, part) => {
    const error = thrown(() => decodeImage(file, 'coat.png'));
    expect(error).toMatch(/^FORMAT: coat\.png: cannot read it as PNG: [^\n]+$/);
    expect(error).toContain(part);
  });

  it('cut short anywhere, or with one bit changed anywhere, is refused', () => {
    const file = pngFile({ ...row, colourType: 3, palette: Array.from({ length: 256 }, (_, i) => [i, i, i]) });
    for (let length = 0; length < file.length; length++)
      expect(thrown(() => decodeImage(file.subarray(0, length)))).toMatch(/^FORMAT: /);
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const damaged = Uint8Array.from(file);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(thrown(() => decodeImage(damaged))).toMatch(/^FORMAT: /);
    }
  });
});
