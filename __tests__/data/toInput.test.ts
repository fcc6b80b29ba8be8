import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Image } from '../../src/data/image.js';
import { toInput } from '../../src/data/toInput.js';

const image = (width: number, height: number, grey: (x: number, y: number) => number): Image => ({
  width,
  height,
  channels: 1,
  pixels: Uint8Array.from({ length: width * height }, (_, p) => grey(p % width, Math.floor(p / width))),
});

/** A row of the result, or a column. */
const row = ({ pixels, width }: Image, y: number) => [...pixels.subarray(y * width, (y + 1) * width)];
const column = ({ pixels, width, height }: Image, x: number) =>
  Array.from({ length: height }, (_, y) => pixels[y * width + x]);

/** Dark at the border. */
const noise = image(28, 28, (x, y) => (x % 27 === 0 || y % 27 === 0 ? 3 : (x * 89 + y * 151) % 256));

describe('toInput', () => {
  it('leaves 28×28 pixels on black as they are, to the bit', () => {
    expect(toInput(noise)).toEqual({ ...noise, inverted: false });
  });

  it('takes pixels in an ArrayBuffer', () => {
    expect(toInput({ ...noise, pixels: Uint8Array.from(noise.pixels).buffer })).toEqual(toInput(noise));
  });

  it('inverts 28×28 pixels on white, to the bit', () => {
    const negative = { ...noise, pixels: noise.pixels.map((value) => 255 - value) };
    expect(toInput(negative)).toEqual({ ...noise, inverted: true });
  });

  it('inverts from a background of 128 on, the median of the border: 127 is dark', () => {
    expect(toInput(image(9, 9, () => 127)).inverted).toBe(false);
    expect(toInput(image(9, 9, () => 128)).inverted).toBe(true);
    // The border of 9×9 has 32 pixels, its four corners once each: 15 of 200 and 17 of 10, then the other way round.
    const border = (x: number, y: number) => x % 8 === 0 || y % 8 === 0;
    for (const [light, inverted] of [
      [15, false],
      [17, true],
    ] as const) {
      let left: number = light;
      expect(
        toInput(image(9, 9, (x, y) => (border(x, y) && left-- > 0 ? 200 : border(x, y) ? 10 : 255))).inverted,
      ).toBe(inverted);
    }
  });

  it('shrinks to the mean of what each pixel covers: 56×56 in squares of 2×2, rounded', () => {
    const large = image(56, 56, (x, y) => (x < 2 || y < 2 || x > 53 || y > 53 ? 0 : (x * 37 + y * 11) % 256));
    const at = (x: number, y: number) => large.pixels[y * 56 + x];
    const { pixels } = toInput(large);
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 28; x++) {
        const sum = at(2 * x, 2 * y) + at(2 * x + 1, 2 * y) + at(2 * x, 2 * y + 1) + at(2 * x + 1, 2 * y + 1);
        expect(pixels[y * 28 + x]).toBe(Math.round(sum / 4));
      }
  });

  it('shrinks by parts of pixels: 3 columns to 2 by 1 + ½', () => {
    const { pixels } = toInput(
      image(3, 3, (x) => [0, 90, 120][x]),
      2,
      2,
    );
    expect([...pixels]).toEqual([30, 110, 30, 110]);
  });

  it('enlarges bilinearly between the centres of pixels: 2 to 4 by 0, ¼, ¾, 1', () => {
    const { pixels } = toInput(
      image(2, 2, (x, y) => 100 * y + 20 * x),
      4,
      4,
    );
    const weights = [0, 0.25, 0.75, 1];
    expect([...pixels]).toEqual(weights.flatMap((y) => weights.map((x) => 100 * y + 20 * x)));
  });

  it('makes 1000×30 one row of means in the middle, with the background above and below', () => {
    const wide = toInput(image(1000, 30, (x, y) => (y === 0 || y === 29 ? 9 : x < 500 ? 9 : 249)));
    expect([wide.width, wide.height, wide.pixels.length, wide.inverted]).toEqual([28, 28, 784, false]);
    expect(row(wide, 13)).toEqual([...Array(14).fill(9), ...Array(14).fill((28 * 249 + 2 * 9) / 30)]);
    for (const y of [0, 12, 14, 27]) expect(row(wide, y)).toEqual(Array(28).fill(9));
  });

  it('puts 14×56 in the 7 columns of the middle, from the tenth on', () => {
    const tall = toInput(image(14, 56, (x, y) => (x === 0 || y === 0 || x === 13 || y === 55 ? 20 : 200)));
    expect(row(tall, 14).map((value) => value > 20)).toEqual(Array.from({ length: 28 }, (_, x) => x >= 10 && x < 17));
    expect(column(tall, 13).every((value) => value > 20)).toBe(true);
  });

  it('leaves one row or column of what is more than 28 times as long as wide', () => {
    const stripe = (across: number) => (across > 0 && across < 9 ? 210 : 0);
    const wide = toInput(image(1000, 10, (_, y) => stripe(y)));
    expect(row(wide, 13)).toEqual(Array(28).fill(168));
    const tall = toInput(image(10, 1000, (x) => stripe(x)));
    expect(column(tall, 13)).toEqual(Array(28).fill(168));
  });

  it.each([0, 77, 130, 255])('makes a flat picture of one pixel of %d', (grey) => {
    const { pixels, inverted } = toInput(image(1, 1, () => grey));
    expect(inverted).toBe(grey > 127);
    expect([...pixels]).toEqual(Array(784).fill(inverted ? 255 - grey : grey));
  });

  it('keeps one grey one grey, and all others between the least and the most, at any size', () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(1, 27, 28, 29, 997));
    fc.assert(
      fc.property(size, size, fc.nat(255), fc.nat(255), (width, height, a, b) => {
        const [least, most] = [Math.min(a, b), Math.max(a, b)];
        const { pixels, inverted } = toInput(
          image(width, height, (x, y) => least + ((x * 7 + y * 3) % (most - least + 1))),
        );
        const shown = inverted ? pixels.map((value) => 255 - value) : pixels;
        expect(pixels).toHaveLength(784);
        expect(Math.min(...shown)).toBeGreaterThanOrEqual(least);
        expect(Math.max(...shown)).toBeLessThanOrEqual(most);
      }),
      { numRuns: 200 },
    );
  });
});
