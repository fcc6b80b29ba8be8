import { type Shape, sizeOf } from '../tensor/shape.js';
import type { Image } from './image.js';
import { resize } from './resize.js';

/** A sample as a picture to look at, made smaller where its longer side has more pixels than that.
 * @param shape [channels, height, width], of 1 or 3 channels */
export function samplePicture(inputs: Uint8Array, shape: Shape, index: number, longest: number): Image {
  const [channels, height, width] = shape;
  const size = height * width;
  const planes = inputs.subarray(index * sizeOf(shape), (index + 1) * sizeOf(shape));
  const pixels = planes.map((_, i) => planes[(i % channels) * size + Math.floor(i / channels)]);
  return atMost(longest, { width, height, channels: channels as 1 | 3, pixels });
}

function atMost(longest: number, image: Image): Image {
  const scale = longest / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const [height, width] = [image.height, image.width].map((length) => Math.max(1, Math.round(scale * length)));
  return resize(image, [height, width], { top: 0, left: 0, height, width });
}
