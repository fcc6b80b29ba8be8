/** What lies around an image, by torchvision's names: black; its outermost pixels; its mirror image, either without the outermost
 * pixels, so that they do not come twice, or with them. */
export type CropPadding = 'constant' | 'edge' | 'reflect' | 'symmetric';

export const cropPaddings = ['constant', 'edge', 'reflect', 'symmetric'] as const satisfies readonly CropPadding[];

/** What is taken of a row or a column of pixels and of what lies up to `mostPadding` around it. */
interface Stretch {
  /** Below 0 it begins outside. */
  readonly from: number;
  readonly count: number;
  readonly isMirrored: boolean;
}

/** Which of `length` pixels stand at each place of a stretch: −1 where it is black. */
export function pixelsOf(length: number, { from, count, isMirrored }: Stretch, padding: CropPadding): Int32Array {
  const pixels = new Int32Array(count);
  // Not Int32Array.from, which takes as long as an image of 28×28 pixels.
  for (let i = 0; i < count; i++) pixels[i] = pixelAt(from + (isMirrored ? count - 1 - i : i), length, padding);
  return pixels;
}

function pixelAt(place: number, length: number, padding: CropPadding): number {
  if (place >= 0 && place < length) return place;
  if (padding === 'constant') return -1;
  if (padding === 'edge') return place < 0 ? 0 : length - 1;
  const twice = padding === 'symmetric' ? 1 : 0;
  return place < 0 ? -place - twice : 2 * (length - 1) - place + twice;
}

/** How far outside of an image there are pixels. */
export function mostPadding(padding: CropPadding, [height, width]: readonly [number, number]): number {
  const mirrored = Math.min(height, width);
  if (padding === 'reflect') return mirrored - 1;
  return padding === 'symmetric' ? mirrored : Number.POSITIVE_INFINITY;
}
