import type { ImageHeader } from '../../data/decode/imageHeader.js';
import type { ResizeCrop } from '../../data/imageTransform.js';
import type { DataOptions } from '../labelledData.js';

const [LEAST, MOST, STEP] = [32, 64, 8];

/** A transform to a square: of the size that is asked for, else of the median of the pictures' shorter sides, rounded to a
 * multiple of 8, but no less than 32 and no more than 64, beyond which training on CPUs takes long; of three channels if one of
 * the pictures may have colours. */
export function chooseTransform(
  { imageSize, channels }: DataOptions,
  headers: readonly (ImageHeader | undefined)[],
): ResizeCrop {
  const found = headers.filter((header) => header !== undefined);
  const size = imageSize ?? sizeFor(found);
  return {
    type: 'resizeCrop',
    channels: channels ?? (found.some((header) => header.channels === 3) ? 3 : 1),
    resize: size,
    crop: [size, size],
  };
}

function sizeFor(headers: readonly ImageHeader[]): number {
  const shorter = headers.map(({ width, height }) => Math.min(width, height)).sort((a, b) => a - b);
  const median = shorter[shorter.length >> 1] ?? LEAST;
  return Math.min(Math.max(Math.round(median / STEP) * STEP, LEAST), MOST);
}
