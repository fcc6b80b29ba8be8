import type { Image } from './image.js';

/** The part of a resized image that is wanted: rows from `top` on and columns from `left` on. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Part of the image as Pillow's Image.resize with BILINEAR makes it of `height` × `width` pixels, to the bit: where it
 * shrinks, a pixel is the mean of those within its reach, weighted by a triangle; rows first and then columns, each
 * rounded to bytes (Pillow's src/libImaging/Resample.c). */
export function resize(image: Image, [height, width]: readonly [number, number], window: Window): Image {
  const { channels, pixels } = image;
  const columns = taps(image.width, width, window.left, window.width);
  const rows = taps(image.height, height, window.top, window.height);
  const top = rows.firsts[0];
  const last = window.height - 1;
  const needed = rows.firsts[last] + rows.counts[last] - top;
  const stride = image.width * channels;
  const narrow = along(columns, pixels.subarray(top * stride, (top + needed) * stride), needed, image.width, channels);
  const shifted = { ...rows, firsts: rows.firsts.map((first) => first - top) };
  return {
    width: window.width,
    height: window.height,
    channels,
    pixels: along(shifted, narrow, 1, needed, window.width * channels),
  };
}

/** The bits behind the point of the weights. */
const PRECISION = 22;

/** Where each pixel of the result comes from along an axis. */
interface Taps {
  /** The first source pixel of each. */
  readonly firsts: Int32Array;
  /** How many source pixels follow one another. */
  readonly counts: Int32Array;
  /** `most` for each pixel, of sum 2^PRECISION but for their rounding. */
  readonly weights: Int32Array;
  readonly most: number;
}

/** The taps of `count` pixels from `begin` on, of the `to` that cover as much as `from` source pixels. */
function taps(from: number, to: number, begin: number, count: number): Taps {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const most = 2 * Math.ceil(reach) + 1;
  const firsts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Int32Array(count * most);
  const triangles = new Float64Array(most);
  for (let i = 0; i < count; i++) {
    const centre = (begin + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const length = Math.min(from, Math.trunc(centre + reach + 0.5)) - first;
    let sum = 0;
    for (let k = 0; k < length; k++) {
      triangles[k] = Math.max(0, 1 - Math.abs((first + k - centre + 0.5) * (1 / reach)));
      sum += triangles[k];
    }
    for (let k = 0; k < length; k++) weights[i * most + k] = (triangles[k] / sum) * 2 ** PRECISION + 0.5;
    firsts[i] = first;
    // At the same size the second has no weight.
    counts[i] = scale === 1 ? 1 : length;
  }
  return { firsts, counts, weights, most };
}

const HALF = 1 << (PRECISION - 1);
const byteOf = (sum: number) => Math.min(255, sum >> PRECISION);

/** Resizes the middle one of an array's three axes, of `lines` × `length` × `inner` bytes. Of those, which are side by side,
 * three at a time take half the time. */
function along(taps: Taps, source: Uint8Array, lines: number, length: number, inner: number): Uint8Array {
  const { firsts, counts, weights, most } = taps;
  const result = new Uint8Array(lines * firsts.length * inner);
  for (let line = 0, to = 0; line < lines; line++)
    for (let i = 0; i < firsts.length; i++) {
      const first = (line * length + firsts[i]) * inner;
      const begin = i * most;
      const end = begin + counts[i];
      let c = 0;
      for (; c + 3 <= inner; c += 3) {
        let one = HALF;
        let two = HALF;
        let three = HALF;
        for (let k = begin, from = first + c; k < end; k++, from += inner) {
          one = (one + Math.imul(weights[k], source[from])) | 0;
          two = (two + Math.imul(weights[k], source[from + 1])) | 0;
          three = (three + Math.imul(weights[k], source[from + 2])) | 0;
        }
        result[to++] = byteOf(one);
        result[to++] = byteOf(two);
        result[to++] = byteOf(three);
      }
      for (; c < inner; c++) {
        let sum = HALF;
        for (let k = begin, from = first + c; k < end; k++, from += inner)
          sum = (sum + Math.imul(weights[k], source[from])) | 0;
        result[to++] = byteOf(sum);
      }
    }
  return result;
}
