import { encode } from 'fast-png';
import type { Image } from '../data/image.js';
import { resize } from '../data/resize.js';
import type { EvaluationPageData } from './evaluationView.js';

/** A larger picture is made smaller, so that its longer side has so many pixels. */
const LONGEST = 96;

/** A picture as a PNG file in a data URL. */
export function thumbnail({ inputs, shape }: Pick<EvaluationPageData, 'inputs' | 'shape'>, index: number): string {
  const [channels, height, width] = shape;
  const size = height * width;
  const planes = inputs.subarray(index * channels * size, (index + 1) * channels * size);
  const pixels = planes.map((_, i) => planes[(i % channels) * size + Math.floor(i / channels)]);
  const { pixels: data, ...form } = atMost(LONGEST, { width, height, channels: channels as 1 | 3, pixels });
  return `data:image/png;base64,${Buffer.from(encode({ ...form, depth: 8, data })).toString('base64')}`;
}

function atMost(longest: number, image: Image): Image {
  const scale = longest / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const [height, width] = [image.height, image.width].map((length) => Math.max(1, Math.round(scale * length)));
  return resize(image, [height, width], { top: 0, left: 0, height, width });
}
