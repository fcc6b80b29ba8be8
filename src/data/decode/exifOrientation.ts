import type { GreyImage } from './greyImage.js';

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
export function oriented(image: GreyImage, orientation: number): GreyImage {
  if (orientation === 1) return image;
  const swapped = orientation >= 5;
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBelow = [3, 4, 6, 7].includes(orientation);
  const [width, height] = swapped ? [image.height, image.width] : [image.width, image.height];
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [column, row] = swapped ? [y, x] : [x, y];
      const sourceColumn = fromRight ? image.width - 1 - column : column;
      const sourceRow = fromBelow ? image.height - 1 - row : row;
      pixels[y * width + x] = image.pixels[sourceRow * image.width + sourceColumn];
    }
  return { width, height, pixels };
}
