import { describe, expect, it } from '@jest/globals';
import { picture } from '../../../src/commands/terminal/picture.js';

const ESCAPE = '\u001b';
const image = (width: number, height: number, ...greys: number[]) => ({
  width,
  height,
  channels: 1 as const,
  pixels: Uint8Array.from(greys),
});

describe('picture', () => {
  it('shows two rows as one of characters by their mean, a step of the ramp for each tenth, without colours', () => {
    const means = [0, 25, 26, 51, 52, 76, 77, 102, 103, 127, 128, 153, 154, 179, 180, 204, 205, 230, 231, 255];
    for (const depth of [1, 4])
      expect(picture(image(20, 2, ...means, ...means), depth)).toEqual(['  ..::--==++**##%%@@']);
    expect(picture(image(1, 4, 0, 255, 100, 0), 1)).toEqual(['=', '.']);
  });

  it('gives 28×28 pixels 14 lines of 28', () => {
    const lines = picture(image(28, 28, ...Array(784).fill(255)), 1);
    expect(lines).toEqual(Array(14).fill('@'.repeat(28)));
  });

  it('shows the upper row as the colour of a half block and the lower as what is behind it, in 24 bits', () => {
    const cell = (upper: number, lower: number) =>
      `${ESCAPE}[38;2;${upper};${upper};${upper}m${ESCAPE}[48;2;${lower};${lower};${lower}m▀`;
    expect(picture(image(2, 2, 0, 10, 200, 255), 24)).toEqual([`${cell(0, 200)}${cell(10, 255)}${ESCAPE}[0m`]);
  });

  it('takes the nearest of the 24 greys in 256 colours: 232 is 8, each of the others 10 more', () => {
    const [line] = picture(image(4, 2, 0, 8, 12, 14, 128, 238, 242, 255), 8);
    const codes = line.match(/\d+(?=m)/g)?.map(Number);
    expect(codes).toEqual([232, 244, 232, 255, 232, 255, 233, 255, 0]);
  });

  it('takes a last row alone for one with black below', () => {
    expect(picture(image(1, 3, 255, 255, 255), 1)).toEqual(['@', '=']);
  });

  it('shows colours: all of their bits, the nearest of the 6 levels 0, 95, 135 … 255 of each part in 256 colours, or their luma', () => {
    const colours = [255, 0, 0, 47, 48, 114, 115, 154, 155, 196, 235, 236];
    const image = { width: 2, height: 2, channels: 3 as const, pixels: Uint8Array.from(colours) };
    const cell = (upper: string, lower: string, kind: number) =>
      `${ESCAPE}[38;${kind};${upper}m${ESCAPE}[48;${kind};${lower}m▀`;
    expect(picture(image, 24)).toEqual([
      `${cell('255;0;0', '115;154;155', 2)}${cell('47;48;114', '196;235;236', 2)}${ESCAPE}[0m`,
    ]);
    // 16 + 36 · red + 6 · green + blue, each from 0 to 5.
    expect(picture(image, 8)).toEqual([`${cell('196', '103', 5)}${cell('23', '195', 5)}${ESCAPE}[0m`]);
    // Lumas of 76 and 143, and of 55 and 223.
    expect(picture(image, 1)).toEqual(['++']);
  });
});
