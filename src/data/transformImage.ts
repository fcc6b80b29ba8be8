import { required } from '../validate.js';
import { checkImage, type GivenImage, type Image, toGrey } from './image.js';
import { checkTransform, type ImageTransform, type ResizeCrop, transformedShape } from './imageTransform.js';
import { resize } from './resize.js';
import { toInput } from './toInput.js';

/** A picture as a network takes it, before its bytes are scaled. */
export interface TransformedImage {
  /** The planes of the channels, one after the other. */
  readonly pixels: Uint8Array;
  /** [channels, height, width] */
  readonly shape: readonly [number, number, number];
  /** Of lightOnDark: whether black and white have changed places. */
  readonly inverted?: boolean;
}

/** Makes a picture what a network takes: see ResizeCrop, which gives torchvision's numbers to the bit, and LightOnDark.
 * @throws HeddleError ARGUMENT or SHAPE for what is no image or no transform */
export function transformImage(image: GivenImage, transform: ImageTransform): TransformedImage {
  required('transformImage(image, transform)', { image, transform });
  const checked = checkTransform(transform);
  const shape = transformedShape(checked);
  if (checked.type === 'resizeCrop') return { pixels: resizeCrop(checkImage(image), checked), shape };
  const { pixels, inverted } = toInput(image, checked.height, checked.width);
  return { pixels, shape, inverted };
}

function resizeCrop(given: Image, { channels, resize: shorter, crop }: ResizeCrop): Uint8Array {
  const image = channels === 1 ? toGrey(given) : given;
  const longer = Math.trunc((shorter * Math.max(image.width, image.height)) / Math.min(image.width, image.height));
  const [height, width] = image.width <= image.height ? [longer, shorter] : [shorter, longer];
  const rows = centred(height, crop[0]);
  const columns = centred(width, crop[1]);
  const window = { top: rows.from, left: columns.from, height: rows.count, width: columns.count };
  const kept = resize(image, [height, width], window);
  const pixels = new Uint8Array(channels * crop[0] * crop[1]);
  for (let channel = 0; channel < channels; channel++)
    for (let y = 0; y < kept.height; y++) {
      const to = (channel * crop[0] + rows.to + y) * crop[1] + columns.to;
      // Greys have one channel for all three.
      let at = y * kept.width * kept.channels + (channel % kept.channels);
      for (let x = 0; x < kept.width; x++, at += kept.channels) pixels[to + x] = kept.pixels[at];
    }
  return pixels;
}

/** Which `count` pixels CenterCrop keeps of `length`, from `from` on, and where they begin in its result: behind a border
 * of zeros if they are fewer than it wants. */
function centred(length: number, crop: number) {
  if (crop >= length) return { from: 0, count: length, to: (crop - length) >> 1 };
  // Python rounds a half to the even number.
  const half = (length - crop) / 2;
  const from = Number.isInteger(half) ? half : 2 * Math.round(half / 2);
  return { from, count: crop, to: 0 };
}
