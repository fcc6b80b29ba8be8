import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { type DecodedPng, decode } from 'fast-png';
import { HeddleError } from '../../errors.js';
import type { Image } from '../image.js';
import { checkSize } from './size.js';

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

/** Its passes are those that have pixels, of which an interlaced image has up to seven. */
type Header = ReturnType<typeof readHeader>;
/** The pixels from column `left` and row `top` on, in steps. */
type Pass = Header['passes'][number];

/** Decodes a PNG file, see decodeImage. fast-png gets the chunks that make the picture alone, their sizes known: it
 * would unpack pixels and colour profiles without an end, and go by a second header. Each pass of an interlaced image
 * it gets as an image of its own, since it knows those of whole bytes only; and no transparency, which it refuses to
 * small images. */
export function decodePng(bytes: Uint8Array): Image {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks.IHDR);
  const { width, height, passes } = header;
  const unpacked = unpack(chunks.IDAT, header); // for what it checks
  if (passes.length === 1) return imageOf(chunks, header, passes[0], chunks.IDAT);
  let begin = 0;
  const images = passes.map((pass) => {
    const content = unpacked.subarray(begin, begin + bytesOf(header, pass));
    begin += content.length;
    return imageOf(chunks, header, pass, deflateSync(content, { level: 0 }));
  });
  const [{ channels }] = images;
  const pixels = new Uint8Array(width * height * channels);
  for (const [i, { left, top, across, down, columns, rows }] of passes.entries())
    for (let y = 0, from = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (let to = ((top + y * down) * width + left + x * across) * channels, c = 0; c < channels; c++)
          pixels[to + c] = images[i].pixels[from++];
  return { width, height, channels, pixels };
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

function readHeader(content: Uint8Array) {
  if (content.length !== 13) throw bad(`expected a header of 13 bytes, found ${content.length}.`);
  const view = new DataView(content.buffer, content.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colourType, , , interlacing] = content.subarray(8);
  checkSize(width, height);
  if (!colourTypes[colourType]?.depths.includes(depth))
    throw bad(`there is no colour type ${colourType} with ${depth} bits a sample.`);
  if (interlacing > 1) throw bad(`there is no interlace method ${interlacing}.`);
  const passes = (interlacing === 1 ? adam7 : [[0, 0, 1, 1]])
    .map(([left, top, across, down]) => {
      const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
      return { left, top, across, down, columns, rows };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
  return { width, height, depth, colourType, passes };
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

/** How long a pass's rows are, each with the byte that it has for its filter. */
const bytesOf = ({ depth, colourType }: Header, { columns, rows }: Pass) =>
  rows * (1 + Math.ceil((columns * colourTypes[colourType].channels * depth) / 8));

/** The filtered rows of all passes. */
function unpack(packed: Uint8Array, header: Header): Uint8Array {
  const length = header.passes.reduce((sum, pass) => sum + bytesOf(header, pass), 0);
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

function imageOf(chunks: Chunks, header: Header, pass: Pass, IDAT: Uint8Array): Image {
  const png = decode(pngOf(chunks, header, pass, IDAT));
  const transparency = transparencyOf(chunks, header, png);
  return png.channels === 1 && png.depth <= 8 ? byTable(png, transparency) : bySamples(png, transparency);
}

/** A PNG file of a pass; nothing reads its checksums. */
function pngOf({ IHDR, PLTE }: Chunks, { colourType }: Header, { columns, rows }: Pass, IDAT: Uint8Array): Uint8Array {
  const header = Uint8Array.from(IHDR);
  new DataView(header.buffer).setUint32(0, columns);
  new DataView(header.buffer).setUint32(4, rows);
  header[12] = 0; // not interlaced
  const kept: [string, Uint8Array][] = [['IHDR', header]];
  if (colourType === PALETTE) kept.push(['PLTE', PLTE]);
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

/** The alphas of a palette's first colours, or the numbers of the one colour that is transparent (11.3.2.1). */
function transparencyOf({ tRNS }: Chunks, { colourType }: Header, { palette, channels }: DecodedPng): number[] {
  if (tRNS.length === 0 || colourType >= 4) return [];
  const most = palette ? palette.length : 2 * channels;
  if (palette ? tRNS.length > most : tRNS.length !== most)
    throw bad(`expected ${palette ? 'at most ' : ''}${most} bytes of transparency, found ${tRNS.length}.`);
  if (palette) return [...tRNS];
  return Array.from({ length: channels }, (_, channel) => 256 * tRNS[2 * channel] + tRNS[2 * channel + 1]);
}

/** Pixels of one sample of up to 8 bits, several in a byte: a grey, or a place in the palette. */
function byTable({ width, height, data, depth, palette }: DecodedPng, transparency: number[]): Image {
  const most = 2 ** depth - 1;
  const table = palette
    ? palette.map((colour, i) => colour.slice(0, 3).map((value) => overWhite(value, transparency[i] ?? 255)))
    : Array.from({ length: most + 1 }, (_, value) => [
        transparency[0] === value ? 255 : Math.round((value * 255) / most),
      ]);
  const channels = table.some(([red, green, blue]) => green !== undefined && (red !== green || red !== blue)) ? 3 : 1;
  const pixels = new Uint8Array(width * height * channels);
  const rowBits = 8 * Math.ceil((width * depth) / 8);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bit = y * rowBits + x * depth;
      const value = (data[bit >> 3] >> (8 - depth - (bit & 7))) & most;
      if (value >= table.length) throw bad(`a pixel has colour ${value} of a palette of ${table.length}.`);
      for (let c = 0; c < channels; c++) pixels[to++] = table[value][c];
    }
  return { width, height, channels, pixels };
}

/** Pixels of several samples, or of one of 16 bits. */
function bySamples(png: DecodedPng, transparency: number[]): Image {
  const { width, height, data, depth } = png;
  const to8 = (sample: number) => (depth === 16 ? Math.round(sample / 257) : sample);
  const alphaOf = (at: number) => {
    if (png.channels % 2 === 0) return to8(data[at + png.channels - 1]);
    const isTransparent =
      transparency.length > 0 && transparency.every((sample, channel) => data[at + channel] === sample);
    return isTransparent ? 0 : 255;
  };
  const channels = png.channels < 3 ? 1 : 3;
  const pixels = new Uint8Array(width * height * channels);
  for (let at = 0, to = 0; to < pixels.length; at += png.channels) {
    const alpha = alphaOf(at);
    for (let c = 0; c < channels; c++) pixels[to++] = overWhite(to8(data[at + c]), alpha);
  }
  return { width, height, channels, pixels };
}

/** An 8-bit sample of an opacity from 0 to 255 as it looks on white. */
const overWhite = (sample: number, alpha: number) => Math.round((sample * alpha + 255 * (255 - alpha)) / 255);

const bad = (what: string) => new HeddleError('FORMAT', what);
