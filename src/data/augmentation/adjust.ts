import { type Image, luma, toGrey } from '../image.js';
import { throughTable } from './tables.js';

// The bytes of torchvision's adjust_… on Pillow's images: what is a float there is rounded to one here.

const { fround } = Math;

/** `from` for a factor of 0 and `to` for 1; other factors go on in between and beyond. */
function blend(from: number, to: number, factor: number): number {
  const value = fround(from + fround(factor * (to - from)));
  if (value <= 0) return 0;
  return value >= 255 ? 255 : Math.trunc(value);
}

/** 0: black, 1: as it was, above: lighter. */
export function adjustBrightness(image: Image, factor: number): Image {
  const rounded = fround(factor);
  return throughTable(image, (value) => blend(0, value, rounded));
}

/** 0: all of the mean grey, 1: as it was, above: more contrast. */
export function adjustContrast(image: Image, factor: number): Image {
  const { pixels } = toGrey(image);
  const mean = Math.floor(pixels.reduce((sum, grey) => sum + grey, 0) / pixels.length + 0.5);
  const rounded = fround(factor);
  return throughTable(image, (value) => blend(mean, value, rounded));
}

/** 0: grey, 1: as it was, above: more colourful. */
export function adjustSaturation(image: Image, factor: number): Image {
  const { channels, pixels } = image;
  if (channels === 1) return image;
  const changed = new Uint8Array(pixels.length);
  const rounded = fround(factor);
  for (let i = 0; i < pixels.length; i += 3) {
    const grey = luma(pixels[i], pixels[i + 1], pixels[i + 2]);
    for (let c = i; c < i + 3; c++) changed[c] = blend(grey, pixels[c], rounded);
  }
  return { ...image, pixels: changed };
}

const SIDE = fround(1 / 13);
const CENTRE = fround(5 / 13);

/** 0: smoothed, 1: as it was, above: sharper. The outermost pixels stay as they are. */
export function adjustSharpness(image: Image, factor: number): Image {
  const { width, height, channels, pixels } = image;
  const changed = pixels.slice();
  const rounded = fround(factor);
  const line = width * channels;
  const row = (at: number, centre: number) =>
    fround(
      fround(fround(pixels[at - channels] * SIDE) + fround(pixels[at] * centre)) + fround(pixels[at + channels] * SIDE),
    );
  for (let y = 1; y < height - 1; y++)
    for (let i = y * line + channels; i < (y + 1) * line - channels; i++) {
      const smooth = fround(fround(fround(0.5 + row(i + line, SIDE)) + row(i, CENTRE)) + row(i - line, SIDE));
      changed[i] = blend(Math.trunc(smooth), pixels[i], rounded);
    }
  return { ...image, pixels: changed };
}

/** Turns the hues by a share of the colour circle, from −½ to ½. */
export function adjustHue(image: Image, share: number): Image {
  const { channels, pixels } = image;
  if (channels === 1) return image;
  const turn = Math.trunc(share * 255);
  const changed = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) turnHue(pixels, i, turn, changed);
  return { ...image, pixels: changed };
}

/** By way of hue, saturation and value, each a byte. */
function turnHue(pixels: Uint8Array, at: number, turn: number, to: Uint8Array): void {
  const red = pixels[at];
  const green = pixels[at + 1];
  const blue = pixels[at + 2];
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  const hue = (hueOf(red, green, blue, most, range) + turn) & 255;
  const saturation = range === 0 ? 0 : fround(Math.trunc(fround(range / most) * 255) / 255);
  // Green goes around the circle as red does, a third behind it, and blue another third.
  to[at] = redOf(hue, saturation, most, 0);
  to[at + 1] = redOf(hue, saturation, most, 4);
  to[at + 2] = redOf(hue, saturation, most, 2);
}

/** From 0 to 255 around the circle, from red by green and blue. */
function hueOf(red: number, green: number, blue: number, most: number, range: number): number {
  if (range === 0) return 0;
  const fromRed = fround((most - red) / range);
  const fromGreen = fround((most - green) / range);
  const fromBlue = fround((most - blue) / range);
  let sixths = fround(4 + fromGreen - fromRed);
  if (red === most) sixths = fround(fromBlue - fromGreen);
  else if (green === most) sixths = fround(2 + fromRed - fromBlue);
  return Math.trunc(fround((sixths / 6 + 1) % 1) * 255);
}

/** The red of a colour, or of the one `ahead` sixths of the circle farther. */
function redOf(hue: number, saturation: number, most: number, ahead: number): number {
  const sixths = (hue * 6) / 255;
  const sector = Math.floor(sixths);
  const rest = fround(sixths - sector);
  const place = (sector + ahead) % 6;
  if (place === 0 || place === 5) return most;
  if (place === 1) return Math.round(most * (1 - fround(saturation * rest)));
  if (place === 4) return Math.round(most * (1 - saturation * (1 - rest)));
  return Math.round(most * (1 - saturation));
}
