import { cosPi } from '../../tensor/transcendental.js';
import type { Image } from '../image.js';

// Where the pixels of an image go, to the nearest one, with black around: torchvision's affine and rotate on Pillow's images.

/** Where pixel (x, y) of the result comes from: (a·x + b·y + c, d·x + e·y + f), in terms of the pixels' corners. */
type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** A 65536th of a pixel is Pillow's unit of places. */
const UNITS = 65536;
const inUnits = (pixels: number) => Math.floor(pixels * UNITS + 0.5);

function transform(image: Image, [a, b, c, d, e, f]: Matrix): Image {
  const { width, height, channels, pixels } = image;
  const changed = new Uint8Array(pixels.length);
  const [stepX, stepY] = [inUnits(a), inUnits(d)];
  const [rowX, rowY] = [inUnits(b), inUnits(e)];
  // Of the pixels' centres.
  const [startX, startY] = [inUnits(c + a * 0.5 + b * 0.5), inUnits(f + d * 0.5 + e * 0.5)];
  let to = 0;
  for (let y = 0; y < height; y++) {
    let fromX = startX + y * rowX;
    let fromY = startY + y * rowY;
    for (let x = 0; x < width; x++) {
      const column = Math.floor(fromX / UNITS);
      const row = Math.floor(fromY / UNITS);
      if (column >= 0 && column < width && row >= 0 && row < height) {
        const from = (row * width + column) * channels;
        for (let channel = 0; channel < channels; channel++) changed[to + channel] = pixels[from + channel];
      }
      to += channels;
      fromX += stepX;
      fromY += stepY;
    }
  }
  return { ...image, pixels: changed };
}

/** Rows move to the left by `slope` pixels for each pixel from the top. */
export const shearX = (image: Image, slope: number): Image => transform(image, [1, slope, 0, 0, 1, 0]);

/** Columns move upwards by `slope` pixels for each pixel from the left. */
export const shearY = (image: Image, slope: number): Image => transform(image, [1, 0, 0, slope, 1, 0]);

/** To the right by whole pixels. */
export const translateX = (image: Image, pixels: number): Image => transform(image, [1, 0, -pixels, 0, 1, 0]);

/** Downwards by whole pixels. */
export const translateY = (image: Image, pixels: number): Image => transform(image, [1, 0, 0, 0, 1, -pixels]);

/** About the middle, counterclockwise. @param degrees from −180 to 180 */
export function rotate(image: Image, degrees: number): Image {
  const turn = Math.abs(degrees) / 180;
  const cosine = cosPi(turn);
  const sine = Math.sign(degrees) * cosPi(Math.abs(0.5 - turn));
  const [x, y] = [image.width / 2, image.height / 2];
  return transform(image, [cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y]);
}
