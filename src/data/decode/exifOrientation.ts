import type { Image } from '../image.js';

const ORIENTATION = 0x0112;

/** The orientation in an APP1 segment, 1 to 8 (Exif 2.3, 4.5.4 and 4.6.4); undefined if it has none. */
export function exifOrientation(segment: Uint8Array): number | undefined {
  if (String.fromCharCode(...segment.subarray(0, 6)) !== 'Exif\0\0') return undefined;
  const tiff = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6);
  try {
    const littleEndian = tiff.getUint16(0) === 0x4949;
    const directory = tiff.getUint32(4, littleEndian);
    const entries = tiff.getUint16(directory, littleEndian);
    for (let entry = directory + 2; entry < directory + 2 + 12 * entries; entry += 12) {
      if (tiff.getUint16(entry, littleEndian) !== ORIENTATION) continue;
      const orientation = tiff.getUint16(entry + 8, littleEndian);
      return orientation >= 1 && orientation <= 8 ? orientation : undefined;
    }
  } catch {
    // The directory points out of the segment: the picture can do without it.
  }
  return undefined;
}

/** The image as it is to be seen: rows and columns swapped from orientation 5 on, from the right or from below in others. */
export function oriented(image: Image, orientation: number): Image {
  if (orientation === 1) return image;
  const { channels } = image;
  const swapped = orientation >= 5;
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBelow = [3, 4, 6, 7].includes(orientation);
  const [width, height] = swapped ? [image.height, image.width] : [image.width, image.height];
  const column = fromRight ? -channels : channels;
  const row = (fromBelow ? -channels : channels) * image.width;
  const [right, down] = swapped ? [row, column] : [column, row];
  const first = (fromRight ? image.width - 1 : 0) + (fromBelow ? image.height - 1 : 0) * image.width;
  const pixels = new Uint8Array(image.pixels.length);
  let to = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0, from = first * channels + y * down; x < width; x++, from += right)
      for (let c = 0; c < channels; c++) pixels[to++] = image.pixels[from + c];
  return { width, height, channels, pixels };
}
