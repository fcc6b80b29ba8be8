import { required, wholeNumber } from '../validate.js';
import { checkImage, type GivenImage, type Image, toGrey } from './image.js';

/** An image as a network that was trained on MNIST's images takes it: the object light, on black. */
export interface InputImage extends Image {
  readonly channels: 1;
  /** Whether its background was light, so that black and white have changed places. */
  readonly inverted: boolean;
}

/** Fits an image, of which it sees the greys, into `height` × `width` pixels, its aspect ratio kept: in the middle, on its
 * own background, which is the median of its border. A light one, above 127, is inverted. Shrinking takes the mean of the
 * area, enlarging is bilinear.
 * @throws HeddleError ARGUMENT or SHAPE for what is no image */
export function toInput(given: GivenImage, height = 28, width = 28): InputImage {
  required('toInput(image, height, width)', { image: given });
  for (const [what, length] of Object.entries({ height, width })) wholeNumber(what, length, 1);
  const image = toGrey(checkImage(given));
  const background = borderLevel(image);
  const inverted = background > 127;
  const scale = Math.min(width / image.width, height / image.height);
  const rows = taps(image.height, Math.max(1, Math.round(image.height * scale)));
  const columns = taps(image.width, Math.max(1, Math.round(image.width * scale)));
  const top = (height - rows.length) >> 1;
  const left = (width - columns.length) >> 1;
  const pixels = new Uint8Array(height * width).fill(background);
  for (const [y, row] of rows.entries())
    for (const [x, column] of columns.entries())
      pixels[(top + y) * width + left + x] = Math.round(weightedSum(image, row, column));
  return { width, height, channels: 1, pixels: inverted ? pixels.map((value) => 255 - value) : pixels, inverted };
}

function borderLevel({ width, height, pixels }: Image): number {
  const counts = new Uint32Array(256);
  for (let y = 0; y < height; y++) {
    const inner = y > 0 && y < height - 1;
    for (let x = 0; x < width; x += inner ? Math.max(1, width - 1) : 1) counts[pixels[y * width + x]]++;
  }
  const half = counts.reduce((sum, count) => sum + count) / 2;
  let level = 0;
  for (let below = counts[0]; below <= half && level < 255; below += counts[level]) level++;
  return level;
}

/** Where one pixel of the result comes from along an axis: source pixels from `first` on, with weights of sum 1. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/** The taps of each of `to` pixels along an axis, where `from` pixels cover the same length. */
function taps(from: number, to: number): Taps[] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (step >= 1) {
      const [start, end] = [i * step, (i + 1) * step];
      const first = Math.floor(start);
      const count = Math.min(from, Math.ceil(end)) - first;
      const covered = (p: number) => Math.min(end, p + 1) - Math.max(start, p);
      return { first, weights: Float64Array.from({ length: count }, (_, k) => covered(first + k) / step) };
    }
    const centre = Math.min(Math.max((i + 0.5) * step - 0.5, 0), from - 1);
    const first = Math.min(Math.floor(centre), Math.max(from - 2, 0));
    return { first, weights: from === 1 ? Float64Array.of(1) : Float64Array.of(first + 1 - centre, centre - first) };
  });
}

function weightedSum({ width, pixels }: Image, row: Taps, column: Taps): number {
  let sum = 0;
  for (let j = 0; j < row.weights.length; j++) {
    const at = (row.first + j) * width + column.first;
    for (let i = 0; i < column.weights.length; i++) sum += row.weights[j] * column.weights[i] * pixels[at + i];
  }
  return sum;
}
