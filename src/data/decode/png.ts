import { crc32, inflateSync } from 'node:zlib';
import { HeddleError } from '../../errors.js';
import type { Image } from '../image.js';
import { pngColours } from './pngColours.js';
import { checkSize } from './size.js';

/** Decodes a PNG file, see decodeImage. */
export function decodePng(bytes: Uint8Array): Image {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks.IHDR);
  const { width, height, passes } = header;
  const { channels, put } = pngColours(header, chunks.PLTE, chunks.tRNS);
  const rows = unpack(chunks.IDAT, header);
  const pixels = new Uint8Array(width * height * channels);
  let at = 0;
  for (const pass of passes) {
    const length = rowLength(header, pass);
    let above: Uint8Array = new Uint8Array(length);
    for (let y = 0; y < pass.rows; y++, at += 1 + length) {
      const row = rows.subarray(at + 1, at + 1 + length);
      unfilter(rows[at], row, above, header.pixelBytes);
      const to = ((pass.top + y * pass.down) * width + pass.left) * channels;
      put(row, pass.columns, pixels, to, pass.across * channels);
      above = row;
    }
  }
  return { width, height, channels, pixels };
}

type Chunks = Readonly<Record<'IHDR' | 'PLTE' | 'tRNS' | 'IDAT', Uint8Array>>;

/** The content of the chunks that matter, that of all IDAT as one. Checksums are verified. */
function readChunks(bytes: Uint8Array): Chunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const none: Uint8Array = new Uint8Array(0);
  const chunks = { IHDR: none, PLTE: none, tRNS: none };
  const pixels = new Uint8Array(bytes.length);
  let pixelsEnd = 0;
  let type = '';
  for (let at = 8; type !== 'IEND'; ) {
    const end = at + 12 > bytes.length ? Number.POSITIVE_INFINITY : at + 8 + view.getUint32(at);
    if (end + 4 > bytes.length) throw bad('it is cut short. Get it again.');
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end))
      throw bad(`the chunk at byte ${at} does not fit its checksum. Get it again.`);
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, end);
    if (type === 'IDAT') {
      pixels.set(content, pixelsEnd);
      pixelsEnd += content.length;
    } else if (type === 'IHDR' || type === 'PLTE' || type === 'tRNS') {
      if (chunks[type] !== none) throw bad(`it has two chunks ${type}.`);
      chunks[type] = content;
    }
    at = end + 4;
  }
  return { ...chunks, IDAT: pixels.subarray(0, pixelsEnd) };
}

/** Samples of a pixel, and the depths that they may have, by colour type (PNG specification, 11.2.1). */
const colourTypes: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] }, // grey
  2: { samples: 3, depths: [8, 16] }, // red, green and blue
  3: { samples: 1, depths: [1, 2, 4, 8] }, // places in a palette
  4: { samples: 2, depths: [8, 16] }, // grey and alpha
  6: { samples: 4, depths: [8, 16] }, // red, green, blue and alpha
};

type Header = ReturnType<typeof readHeader>;
/** The pixels from column `left` and row `top` on, in steps. */
type Pass = Header['passes'][number];

/** Its passes are those that have pixels, of which an interlaced image has up to seven. */
function readHeader(content: Uint8Array) {
  if (content.length !== 13) throw bad(`expected a header of 13 bytes, found ${content.length}.`);
  const view = new DataView(content.buffer, content.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType, compression, filtering, interlacing] = content.subarray(8);
  checkSize(width, height);
  const { samples, depths } = colourTypes[colourType] ?? { samples: 0, depths: [] };
  if (!depths.includes(depth)) throw bad(`there is no colour type ${colourType} with ${depth} bits a sample.`);
  if (compression !== 0) throw bad(`there is no compression method ${compression}.`);
  if (filtering !== 0) throw bad(`there is no filter method ${filtering}.`);
  if (interlacing > 1) throw bad(`there is no interlace method ${interlacing}.`);
  const passes = (interlacing === 1 ? adam7 : [[0, 0, 1, 1]])
    .map(([left, top, across, down]) => {
      const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
      return { left, top, across, down, columns, rows };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
  return { width, height, depth, colourType, samples, pixelBytes: Math.ceil((samples * depth) / 8), passes };
}

/** The passes of an interlaced image: first column and row, and the steps (PNG specification, 8.2). */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** Of one without its filter. */
const rowLength = ({ samples, depth }: Header, { columns }: Pass) => Math.ceil((columns * samples * depth) / 8);

/** The rows of all passes, each behind the number of its filter. */
function unpack(packed: Uint8Array, header: Header): Uint8Array {
  const length = header.passes.reduce((sum, pass) => sum + pass.rows * (1 + rowLength(header, pass)), 0);
  let unpacked: Uint8Array;
  try {
    unpacked = inflateSync(packed, { maxOutputLength: length });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw cause;
    throw new HeddleError('FORMAT', `it has more than the ${length} bytes of pixels that its header says.`, { cause });
  }
  if (unpacked.length < length) throw bad(`it has ${unpacked.length} bytes of pixels, its header says ${length}.`);
  return unpacked;
}

/** Turns a row's differences into samples (PNG specification, 9.2). @param distance of a byte from its neighbour to the left */
function unfilter(filter: number, row: Uint8Array, above: Uint8Array, distance: number): void {
  const left = (i: number) => (i < distance ? 0 : row[i - distance]);
  if (filter > 4) throw bad(`a row has filter ${filter}; there are 0 to 4.`);
  if (filter === 1) for (let i = distance; i < row.length; i++) row[i] += row[i - distance];
  if (filter === 2) for (let i = 0; i < row.length; i++) row[i] += above[i];
  if (filter === 3) for (let i = 0; i < row.length; i++) row[i] += (left(i) + above[i]) >> 1;
  if (filter === 4)
    for (let i = 0; i < row.length; i++) row[i] += paeth(left(i), above[i], i < distance ? 0 : above[i - distance]);
}

/** The one of three neighbours that is nearest to left + above − corner. */
function paeth(left: number, above: number, corner: number): number {
  const fromLeft = Math.abs(above - corner);
  const fromAbove = Math.abs(left - corner);
  const fromCorner = Math.abs(left + above - 2 * corner);
  if (fromLeft <= fromAbove && fromLeft <= fromCorner) return left;
  return fromAbove <= fromCorner ? above : corner;
}

const bad = (what: string) => new HeddleError('FORMAT', what);
