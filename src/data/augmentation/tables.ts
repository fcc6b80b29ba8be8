import type { Image } from '../image.js';

// Operations that make of a byte another one, whatever is around it, with the bytes of Pillow's ImageOps.

/** An image each of whose bytes is what a table of its channel says. */
function throughTables(image: Image, tableOf: (channel: number) => Uint8Array): Image {
  const { channels, pixels } = image;
  const changed = new Uint8Array(pixels.length);
  for (let c = 0; c < channels; c++) {
    const table = tableOf(c);
    for (let i = c; i < pixels.length; i += channels) changed[i] = table[pixels[i]];
  }
  return { ...image, pixels: changed };
}

/** One table for all channels. */
export function throughTable(image: Image, of: (value: number) => number): Image {
  const table = Uint8Array.from({ length: 256 }, (_, value) => of(value));
  return throughTables(image, () => table);
}

/** Keeps the highest `bits` bits. */
export const posterize = (image: Image, bits: number): Image =>
  throughTable(image, (value) => value & (256 - 2 ** (8 - bits)));

/** Inverts what is not below the threshold. */
export const solarize = (image: Image, threshold: number): Image =>
  throughTable(image, (value) => (value < threshold ? value : 255 - value));

/** Spreads each channel over all values. */
export function autocontrast(image: Image): Image {
  return throughTables(image, (channel) => {
    const counts = histogram(image, channel);
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    const scale = high > low ? 255 / (high - low) : 1;
    const offset = high > low ? -low * scale : 0;
    return Uint8Array.from(counts, (_, value) => Math.min(255, Math.max(0, Math.trunc(value * scale + offset))));
  });
}

/** Gives each channel values that are about equally frequent. */
export function equalize(image: Image): Image {
  return throughTables(image, (channel) => {
    const counts = histogram(image, channel);
    const last = counts.findLast((count) => count > 0) ?? 0;
    const step = Math.floor((image.width * image.height - last) / 255);
    let below = Math.floor(step / 2);
    return Uint8Array.from(counts, (count, value) => {
      const level = step > 0 ? Math.floor(below / step) : value;
      below += count;
      return Math.min(255, level);
    });
  });
}

function histogram({ channels, pixels }: Image, channel: number): Int32Array {
  const counts = new Int32Array(256);
  for (let i = channel; i < pixels.length; i += channels) counts[pixels[i]]++;
  return counts;
}
