import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import jpeg from 'jpeg-js';
import { jpegFiles, jpegPicture } from '../../benchmarks/fuzz/jpegFiles.js';
import { type Chunk, joinChunks, type PngPicture, pngChunks, pngFile, pngGreys } from '../../benchmarks/fuzz/png.js';
import { decodeImage } from '../../src/data/decodeImage.js';
import { thrown } from '../support/thrown.js';

const largestError = (found: Uint8Array, expected: readonly number[]) =>
  Math.max(...expected.map((value, i) => Math.abs(value - found[i])));

/** Numbers below `most` that go through all values, in no simple order. */
const numbers = (length: number, most: number) => Array.from({ length }, (_, i) => (i * 40_503 + 17) % most);

const png = (picture: Partial<PngPicture>): PngPicture => ({
  ...{ width: 1, height: 1, colourType: 0, depth: 8, samples: [0] },
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
    '$name of $depth bits, 13×11, is within rounding of the luma on white',
    ({ colourType, channels, depth }) => {
      const samples = numbers(13 * 11 * channels, 2 ** depth);
      for (const interlaced of depth < 8 ? [false] : [false, true]) {
        const picture = png({ width: 13, height: 11, colourType, depth, samples, interlaced });
        const { width, height, pixels } = decodeImage(pngFile(picture, (row) => row % 5));
        expect([width, height, pixels.length]).toEqual([13, 11, 143]);
        // To integers: the grey, its mean with white where there is alpha, and of 16 bits all numbers before that.
        const bound = depth === 16 ? 2 : colourType >= 4 ? 1.01 : 0.51;
        expect(largestError(pixels, pngGreys(picture))).toBeLessThan(bound);
      }
    },
  );

  it.each([1, 2, 4, 8] as const)('a palette of %d bits is that of its colours, of which two have alpha', (depth) => {
    const palette = Array.from({ length: 2 ** depth }, (_, i) => [(i * 97) % 256, (i * 31) % 256, 255 - i] as const);
    const samples = numbers(13 * 11, 2 ** depth);
    const picture = { width: 13, height: 11, colourType: 3, depth, samples, palette, transparency: [0, 100] } as const;
    expect(largestError(decodeImage(pngFile(picture)).pixels, pngGreys(picture))).toBeLessThan(1.01);
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
    expect([...decodeImage(pngFile(png({ width: 4, colourType: 2, samples }))).pixels]).toEqual([76, 150, 29, 132]);
  });

  it('what is transparent is white: a grey, a colour, alpha 0', () => {
    const white = (picture: Partial<PngPicture>) => [...decodeImage(pngFile(png({ width: 3, ...picture }))).pixels];
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
    ['an unknown compression', header(10, 1), 'compression method'],
    ['an unknown filter method', header(11, 1), 'Filter method'],
    ['4 bits interlaced', pngFile(png({ depth: 4, interlaced: true })), 'without interlacing'],
    [
      'an unknown row filter',
      changed(pngChunks(row), ([type, content]) => [
        [type, type === 'IDAT' ? deflateSync(Buffer.alloc(10, 5)) : content],
      ]),
      'filter',
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

const flatJpeg = (width: number, height: number, [red, green, blue]: readonly number[]) => {
  const data = Buffer.from(Array.from({ length: width * height }, () => [red, green, blue, 255]).flat());
  return new Uint8Array(jpeg.encode({ width, height, data }, 95).data);
};

describe('JPEG', () => {
  it.each([0, 1])('file %d of a gradient (progressive in colour, grey with restarts) is within 4 of it', (i) => {
    const { width, height, pixels } = decodeImage(jpegFiles[i]);
    expect([width, height]).toEqual([jpegPicture.width, jpegPicture.height]);
    expect(largestError(pixels, jpegPicture.greys)).toBeLessThan(4);
  });

  it.each([
    [1, 1],
    [8, 8],
    [33, 7],
    [1, 100],
  ])('%d×%d of one colour is within 2 of its luma', (width, height) => {
    const image = decodeImage(flatJpeg(width, height, [200, 30, 90]));
    expect([image.width, image.height]).toEqual([width, height]);
    expect(largestError(image.pixels, Array(width * height).fill(0.299 * 200 + 0.587 * 30 + 0.114 * 90))).toBeLessThan(
      2,
    );
  });

  it('takes components for red, green and blue where Adobe’s segment says so', () => {
    // (200, 200, 200) is stored as luma 200 and chroma 128, which are red 200, green 128 and blue 128 then.
    const file = flatJpeg(8, 8, [200, 200, 200]);
    const adobe = (transform: number) => [0xee, ...text('Adobe'), 0, 100, 0, 0, 0, 0, transform];
    expect(Math.abs(decodeImage(withSegments(file, adobe(0))).pixels[0] - (128 + 0.299 * 72))).toBeLessThan(2);
    expect(Math.abs(decodeImage(withSegments(file, adobe(1))).pixels[0] - 200)).toBeLessThan(2);
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
    const plain = decodeImage(jpegFiles[0]);
    for (const littleEndian of [true, false]) {
      const { width, height, pixels } = decodeImage(withSegments(jpegFiles[0], exif(orientation, littleEndian)));
      const along = ['left', 'right'].includes(direction);
      expect([width, height]).toEqual(along ? [20, 17] : [17, 20]);
      const start = (corner.startsWith('top') ? 0 : height - 1) * width + (corner.endsWith('left') ? 0 : width - 1);
      const step = { right: 1, left: -1, down: width, up: -width }[direction] ?? 0;
      expect(Array.from({ length: 20 }, (_, i) => pixels[start + i * step])).toEqual([...plain.pixels.subarray(0, 20)]);
      expect(pixels.toSorted()).toEqual(plain.pixels.toSorted());
    }
  });

  it('goes by the first of its Exif that can be read, and does without', () => {
    const plain = decodeImage(jpegFiles[0]);
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
      expect(decodeImage(withSegments(jpegFiles[0], segment))).toEqual(plain);
  });

  /** A change in the frame's header: precision, height, width, components, and three bytes for each. */
  const frame = (at: number, ...bytes: number[]) => {
    const file = Uint8Array.from(jpegFiles[0]);
    file.set(bytes, file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xc2) + 4 + at);
    return file;
  };
  const scan = Buffer.from(jpegFiles[0]).indexOf(Buffer.from([0xff, 0xda]));
  const frameStart = Buffer.from(jpegFiles[0]).indexOf(Buffer.from([0xff, 0xc2]));
  const marker = (value: number) => {
    const file = Uint8Array.from(jpegFiles[0]);
    file[frameStart + 1] = value;
    return file;
  };
  const scans = (count: number) =>
    Uint8Array.from([
      ...jpegFiles[1].subarray(0, -2),
      ...Array.from({ length: count - 1 }, () => [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0]).flat(),
      ...[0xff, 0xd9],
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
    ['two frames', withSegments(jpegFiles[0], [0xc0, 8, 0, 8, 0, 8, 1, 1, 0x11, 0]), 'two frames'],
    ['101 scans', scans(101), 'at most 100 scans'],
    ['a scan header of another length', jpegFiles[0].with(scan + 3, 13), `another at byte ${scan}`],
    [
      'a segment without a length',
      Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 1, ...jpegFiles[0].subarray(2)]),
      'no length',
    ],
    [
      'a segment beyond its end',
      Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 255, 255, ...jpegFiles[0].subarray(2)]),
      'cut short',
    ],
    ['no data in its first scan', Uint8Array.from([...jpegFiles[0].subarray(0, scan + 14), 0xff, 0xd9]), 'damaged'],
  ])('with %s is refused', (_, file, part) => {
    const error = thrown(() => decodeImage(file, 'coat.jpg'));
    expect(error).toMatch(/^FORMAT: coat\.jpg: cannot read it as JPEG: [^\n]+$/);
    expect(error).toContain(part);
  });

  it('cut short anywhere is refused', () => {
    for (const file of jpegFiles)
      for (let length = 0; length < file.length; length++)
        expect(thrown(() => decodeImage(file.subarray(0, length)))).toMatch(/^FORMAT: /);
  });
});

it.each<[string, number[], string]>([
  ['an empty file', [], 'an empty file'],
  ['a GIF', text('GIF89a'), '47 49 46 38'],
  ['a PNG whose line ends were changed', [...text('\x89PNG\n\x1a\n'), 0], '89 50 4e 47'],
  ['one byte', [0xff], 'ff'],
])('%s is neither PNG nor JPEG, whatever its name', (_, bytes, part) => {
  const error = thrown(() => decodeImage(Uint8Array.from(bytes), 'coat.png'));
  expect(error).toMatch(/^FORMAT: coat\.png: expected a PNG or JPEG image; found /);
  expect(error).toContain(part);
});

it('leaves the bytes as they are, also those of a Buffer', () => {
  for (const file of [pngFile(png({})), ...jpegFiles]) {
    const bytes = Buffer.concat([Buffer.from([1, 2, 3]), file]).subarray(3);
    const decoded = decodeImage(bytes);
    expect(bytes.equals(file)).toBe(true);
    expect(decoded).toEqual(decodeImage(file));
  }
});
