import { HeddleError } from '../../errors.js';

/** How the samples of a PNG file become pixels. */
interface PngColours {
  readonly channels: 1 | 3;
  /** Puts a row into the picture: `columns` pixels, from byte `to` on, in steps of `step` bytes. */
  put(row: Uint8Array, columns: number, pixels: Uint8Array, to: number, step: number): void;
}

interface Kind {
  readonly depth: number;
  readonly colourType: number;
  /** Of a pixel, the alpha among them. */
  readonly samples: number;
}

/** @param palette the content of PLTE, empty if there is none, @param transparency that of tRNS */
export function pngColours(kind: Kind, palette: Uint8Array, transparency: Uint8Array): PngColours {
  if (kind.colourType === 3) return byTable(kind.depth, paletteTable(palette, transparency));
  const transparent = transparentColour(kind, transparency);
  return kind.samples === 1 && kind.depth <= 8
    ? byTable(kind.depth, greyTable(kind.depth, transparent[0]))
    : bySamples(kind, transparent);
}

/** The sample or samples that are transparent (PNG specification, 11.3.2.1); where there is alpha, none. */
function transparentColour({ samples }: Kind, transparency: Uint8Array): number[] {
  if (transparency.length === 0 || samples % 2 === 0) return [];
  if (transparency.length !== 2 * samples)
    throw bad(`expected ${2 * samples} bytes of transparency, found ${transparency.length}.`);
  return Array.from({ length: samples }, (_, sample) => 256 * transparency[2 * sample] + transparency[2 * sample + 1]);
}

function paletteTable(palette: Uint8Array, alphas: Uint8Array): number[][] {
  const colours = Math.floor(palette.length / 3);
  if (alphas.length > colours) throw bad(`expected at most ${colours} bytes of transparency, found ${alphas.length}.`);
  const isGrey = (i: number) => palette[3 * i] === palette[3 * i + 1] && palette[3 * i] === palette[3 * i + 2];
  const places = Array.from({ length: colours }, (_, i) => i);
  const channels = places.every(isGrey) ? 1 : 3;
  return places.map((i) =>
    Array.from(palette.subarray(3 * i, 3 * i + channels), (value) => overWhite(value, alphas[i] ?? 255)),
  );
}

const greyTable = (depth: number, transparent: number | undefined): number[][] =>
  Array.from({ length: 2 ** depth }, (_, value) => [
    value === transparent ? 255 : Math.round((value * 255) / (2 ** depth - 1)),
  ]);

/** Pixels of one sample of up to 8 bits, several in a byte, that are places in a table. */
function byTable(depth: number, table: readonly (readonly number[])[]): PngColours {
  const channels = table[0]?.length === 3 ? 3 : 1;
  const values = Uint8Array.from(table.flat());
  const most = 2 ** depth - 1;
  const put: PngColours['put'] = (row, columns, pixels, to, step) => {
    for (let x = 0; x < columns; x++, to += step) {
      const bit = x * depth;
      const place = (row[bit >> 3] >> (8 - depth - (bit & 7))) & most;
      if (place >= table.length) throw bad(`a pixel has colour ${place} of a palette of ${table.length}.`);
      for (let c = 0; c < channels; c++) pixels[to + c] = values[place * channels + c];
    }
  };
  return { channels, put };
}

/** Pixels of several samples, or of one of 16 bits. */
function bySamples({ depth, samples }: Kind, transparent: readonly number[]): PngColours {
  const channels = samples < 3 ? 1 : 3;
  const bytes = depth / 8;
  const sample = (row: Uint8Array, at: number) => (bytes === 1 ? row[at] : 256 * row[at] + row[at + 1]);
  const to8 = (value: number) => (bytes === 1 ? value : Math.round(value / 257));
  const alphaOf = (row: Uint8Array, at: number) => {
    if (channels < samples) return to8(sample(row, at + channels * bytes));
    const isTransparent =
      transparent.length > 0 && transparent.every((value, c) => value === sample(row, at + c * bytes));
    return isTransparent ? 0 : 255;
  };
  const opaque = channels === samples && transparent.length === 0;
  const put: PngColours['put'] = (row, columns, pixels, to, step) => {
    if (opaque && bytes === 1 && step === channels) return pixels.set(row, to);
    for (let x = 0, at = 0; x < columns; x++, at += samples * bytes, to += step) {
      const alpha = alphaOf(row, at);
      for (let c = 0; c < channels; c++) pixels[to + c] = overWhite(to8(sample(row, at + c * bytes)), alpha);
    }
  };
  return { channels, put };
}

/** An 8-bit sample of an opacity from 0 to 255 as it looks on white. */
const overWhite = (sample: number, alpha: number) => Math.round((sample * alpha + 255 * (255 - alpha)) / 255);

const bad = (what: string) => new HeddleError('FORMAT', what);
