import { crc32, inflateSync } from 'node:zlib';
import { type DecodedPng, decode } from 'fast-png';
import { HeddleError } from '../errors.js';
import { checkSize, type GreyImage, luma, overWhite } from './greyImage.js';

/** Samples of a pixel, and the depths that they may have, by colour type (PNG specification, 11.2.1). */
const colourTypes: Readonly<Record<number, { channels: number; depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] }, // grey
  2: { channels: 3, depths: [8, 16] }, // red, green and blue
  3: { channels: 1, depths: [1, 2, 4, 8] }, // places in a palette
  4: { channels: 2, depths: [8, 16] }, // grey and alpha
  6: { channels: 4, depths: [8, 16] }, // red, green, blue and alpha
};
const PALETTE = 3;

type Chunks = Readonly<Record<'IHDR' | 'PLTE' | 'tRNS' | 'IDAT', Uint8Array>>;

/**
 * Decodes a PNG file, see decodeImage. fast-png gets the chunks that make the picture alone, their sizes known: it would
 * unpack pixels and colour profiles without an end, and go by a second header.
 */
export function decodePng(bytes: Uint8Array): GreyImage {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks.IHDR);
  checkPixelData(chunks.IDAT, header.length);
  const png = decode(pngOf(chunks, header.colourType));
  const pixels = png.channels === 1 && png.depth <= 8 ? greysByTable(png) : greysBySamples(png);
  return { width: png.width, height: png.height, pixels };
}

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

/** Checks the header; `length` is that of the unpacked pixels, with the byte that each row has for its filter. */
function readHeader(content: Uint8Array): { colourType: number; length: number } {
  if (content.length !== 13) throw bad(`expected a header of 13 bytes, found ${content.length}.`);
  const view = new DataView(content.buffer, content.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType, , , interlacing] = content.subarray(8);
  checkSize(width, height);
  const { channels, depths } = colourTypes[colourType] ?? { channels: 0, depths: [] };
  if (!depths.includes(depth)) throw bad(`there is no colour type ${colourType} with ${depth} bits a sample.`);
  if (interlacing > 0 && depth < 8)
    throw bad(`it is interlaced and has ${depth} bits a sample, which is not supported. Save it without interlacing.`);
  const bytesOf = ([x, y, across, down]: readonly number[]) => {
    const [columns, rows] = [Math.ceil((width - x) / across), Math.ceil((height - y) / down)];
    return columns > 0 && rows > 0 ? rows * (1 + Math.ceil((columns * channels * depth) / 8)) : 0;
  };
  const passes = interlacing > 0 ? adam7 : [[0, 0, 1, 1]];
  return { colourType, length: passes.reduce((sum, pass) => sum + bytesOf(pass), 0) };
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

function checkPixelData(packed: Uint8Array, length: number): void {
  let found: number;
  try {
    found = inflateSync(packed, { maxOutputLength: length }).length;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw cause;
    throw new HeddleError('FORMAT', `it has more than the ${length} bytes of pixels that its header says.`, { cause });
  }
  if (found < length) throw bad(`it has ${found} bytes of pixels, its header says ${length}.`);
}

/** A PNG file of the chunks that matter for a colour type; nothing reads its checksums. */
function pngOf({ IHDR, PLTE, tRNS, IDAT }: Chunks, colourType: number): Uint8Array {
  const kept: [string, Uint8Array][] = [['IHDR', IHDR]];
  if (colourType === PALETTE) kept.push(['PLTE', PLTE]);
  if (tRNS.length > 0 && colourType < 4) kept.push(['tRNS', tRNS]);
  kept.push(['IDAT', IDAT], ['IEND', new Uint8Array(0)]);
  const file = new Uint8Array(kept.reduce((size, [, content]) => size + 12 + content.length, 8));
  const view = new DataView(file.buffer);
  file.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  let at = 8;
  for (const [type, content] of kept) {
    view.setUint32(at, content.length);
    file.set(new TextEncoder().encode(type), at + 4);
    file.set(content, at + 8);
    at += 12 + content.length;
  }
  return file;
}

/** Pixels of one sample of up to 8 bits, several in a byte: a grey, or a place in the palette. */
function greysByTable({ width, height, data, depth, palette, transparency }: DecodedPng): Uint8Array {
  const most = 2 ** depth - 1;
  const table = palette
    ? palette.map(([red, green, blue, alpha = 255]) => overWhite(luma(red, green, blue), alpha))
    : Array.from({ length: most + 1 }, (_, value) =>
        transparency?.[0] === value ? 255 : Math.round((value * 255) / most),
      );
  const pixels = new Uint8Array(width * height);
  const rowBits = 8 * Math.ceil((width * depth) / 8);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bit = y * rowBits + x * depth;
      const value = (data[bit >> 3] >> (8 - depth - (bit & 7))) & most;
      if (value >= table.length) throw bad(`a pixel has colour ${value} of a palette of ${table.length}.`);
      pixels[y * width + x] = table[value];
    }
  return pixels;
}

/** Pixels of several samples, or of one of 16 bits. */
function greysBySamples({ width, height, data, channels, depth, transparency }: DecodedPng): Uint8Array {
  const to8 = (sample: number) => (depth === 16 ? Math.round(sample / 257) : sample);
  const alphaOf = (at: number) => {
    if (channels % 2 === 0) return to8(data[at + channels - 1]);
    return transparency?.every((sample, channel) => data[at + channel] === sample) ? 0 : 255;
  };
  const pixels = new Uint8Array(width * height);
  for (let p = 0; p < pixels.length; p++) {
    const at = p * channels;
    const grey = channels < 3 ? to8(data[at]) : luma(to8(data[at]), to8(data[at + 1]), to8(data[at + 2]));
    pixels[p] = overWhite(grey, alphaOf(at));
  }
  return pixels;
}

const bad = (what: string) => new HeddleError('FORMAT', what);
