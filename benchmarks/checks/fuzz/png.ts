import { crc32, deflateSync } from 'node:zlib';

/** What a PNG file says: its header, and the numbers of each pixel in turn. */
export interface PngPicture {
  readonly width: number;
  readonly height: number;
  /** 0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha. */
  readonly colourType: 0 | 2 | 3 | 4 | 6;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly samples: readonly number[];
  readonly palette?: readonly (readonly [number, number, number])[];
  /** The grey or colour that is transparent, or the alphas of the palette's first colours. */
  readonly transparency?: readonly number[];
  readonly interlaced?: boolean;
}

export type Chunk = readonly [type: string, content: Uint8Array];

const channelsOf = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

/** The picture's chunks. @param filterOf the filter of each row, 0 to 4 */
export function pngChunks(picture: PngPicture, filterOf: (row: number) => number = () => 0): Chunk[] {
  const { width, height, colourType, depth, palette, transparency, interlaced } = picture;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  const chunks: Chunk[] = [['IHDR', header]];
  if (palette) chunks.push(['PLTE', Uint8Array.from(palette.flat())]);
  if (transparency) {
    const bytes = colourType === 3 ? transparency : transparency.flatMap((value) => [value >> 8, value & 255]);
    chunks.push(['tRNS', Uint8Array.from(bytes)]);
  }
  chunks.push(['IDAT', deflateSync(filtered(picture, filterOf))], ['IEND', new Uint8Array(0)]);
  return chunks;
}

export function joinChunks(chunks: readonly Chunk[]): Uint8Array {
  const parts = chunks.map(([type, content]) => {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), content]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(content.length, 0);
    ends.writeUInt32BE(crc32(typed), 4);
    return Buffer.concat([ends.subarray(0, 4), typed, ends.subarray(4)]);
  });
  return new Uint8Array(Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]));
}

export const pngFile = (picture: PngPicture, filterOf?: (row: number) => number) =>
  joinChunks(pngChunks(picture, filterOf));

/** Offsets and steps of an interlaced picture's passes. */
const passes = ['0088', '4088', '0448', '2044', '0224', '1022', '0112'].map((pass) => [...pass].map(Number));

function filtered(picture: PngPicture, filterOf: (row: number) => number): Buffer {
  const { width, height, colourType, depth, samples, interlaced } = picture;
  const channels = channelsOf[colourType];
  const rows: Buffer[] = [];
  for (const [left, top, across, down] of interlaced ? passes : [[0, 0, 1, 1]]) {
    if (left >= width) continue;
    let above: Buffer = Buffer.alloc(0);
    for (let y = top; y < height; y += down) {
      const numbers: number[] = [];
      for (let x = left; x < width; x += across)
        numbers.push(...samples.slice((y * width + x) * channels, (y * width + x + 1) * channels));
      const row = packed(numbers, depth);
      rows.push(filteredRow(row, above, Math.max(1, (channels * depth) >> 3), filterOf(rows.length)));
      above = row;
    }
  }
  return Buffer.concat(rows);
}

function packed(numbers: readonly number[], depth: number): Buffer {
  const bits = numbers.map((value) => value.toString(2).padStart(depth, '0')).join('');
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
}

/** PNG specification, 9.2. */
function filteredRow(row: Buffer, above: Buffer, pixel: number, filter: number): Buffer {
  const result = Buffer.alloc(row.length + 1, filter);
  for (let i = 0; i < row.length; i++) {
    const [a, b, c] = [row[i - pixel] ?? 0, above[i] ?? 0, above[i - pixel] ?? 0];
    result[i + 1] = row[i] - [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter];
  }
  return result;
}

function paeth(a: number, b: number, c: number): number {
  const [fromA, fromB, fromC] = [b - c, a - c, a + b - 2 * c].map(Math.abs);
  if (fromA <= fromB && fromA <= fromC) return a;
  return fromB <= fromC ? b : c;
}

/** What a picture shows on white, not rounded: its greys or its colours, the channels of a pixel side by side. */
export function pngPixels({ colourType, depth, samples, palette, transparency }: PngPicture) {
  const count = channelsOf[colourType];
  const most = 2 ** depth - 1;
  const pixels = Array.from({ length: samples.length / count }, (_, p) => {
    const numbers = samples.slice(p * count, (p + 1) * count);
    const unit = palette ? palette[numbers[0]].map((value) => value / 255) : numbers.map((value) => value / most);
    let alpha = colourType >= 4 ? unit[count - 1] : 1;
    if (palette) alpha = (transparency?.[numbers[0]] ?? 255) / 255;
    else if (transparency?.every((value, c) => value === numbers[c])) alpha = 0;
    return unit.slice(0, colourType % 4 === 0 ? 1 : 3).map((value) => 255 * (alpha * value + 1 - alpha));
  });
  const isGrey = ([red, green, blue]: readonly number[]) => red === green && green === blue;
  if (palette?.every(isGrey)) return { channels: 1, pixels: pixels.map(([value]) => value) };
  return { channels: pixels[0].length, pixels: pixels.flat() };
}
