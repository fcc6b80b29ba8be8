import { type Dataset, sharedArray } from '../data/dataset.js';
import type { Image } from '../data/image.js';

/** Pictures of one size with their labels, from files that hold many. */
export interface PictureSet extends Dataset {
  readonly inputs: Uint8Array<SharedArrayBuffer>;
  readonly targets: Uint8Array<SharedArrayBuffer> | Int32Array<SharedArrayBuffer>;
  readonly shape: readonly [channels: 1 | 3, height: number, width: number];
}

/** Room for labels below `count`. */
export const labelArray = (length: number, count: number): PictureSet['targets'] =>
  sharedArray<PictureSet['targets']>((count > 256 ? Int32Array : Uint8Array) as never, length);

/** A picture with the channels of a pixel side by side. */
export function imageOf({ inputs, shape: [channels, height, width] }: PictureSet, place: number): Image {
  const plane = height * width;
  const planes = inputs.subarray(place * channels * plane, (place + 1) * channels * plane);
  const pixels = new Uint8Array(planes.length);
  for (let c = 0, from = 0; c < channels; c++)
    for (let to = c; to < pixels.length; to += channels) pixels[to] = planes[from++];
  return { width, height, channels, pixels };
}
