import type { Image } from '../../data/image.js';

type Colour = readonly [red: number, green: number, blue: number];

const RAMP = ' .:-=+*#%@';
const BLACK: Colour = [0, 0, 0];

/** Terminals with 256 colours have 24 greys from number 232 on, of levels 8, 18 … 238. */
const greyNumber = (level: number) => 232 + Math.min(23, Math.max(0, Math.round((level - 8) / 10)));
/** Their colours, from number 16 on, have parts of the levels 0, 95, 135, 175, 215 and 255. */
const partNumber = (level: number) => (level < 48 ? 0 : level < 115 ? 1 : Math.round((level - 55) / 40));

/** A colour as a terminal's escape sequences name it. */
function colourCode([red, green, blue]: Colour, colourDepth: number): string {
  if (colourDepth >= 24) return `2;${red};${green};${blue}`;
  if (red === green && green === blue) return `5;${greyNumber(red)}`;
  return `5;${16 + 36 * partNumber(red) + 6 * partNumber(green) + partNumber(blue)}`;
}

/** How light a colour is: Rec. 601 luma. */
const luma = ([red, green, blue]: Colour) => (299 * red + 587 * green + 114 * blue) / 1000;

/** An image as lines of text, two of its rows in each: half blocks in 2²⁴ or in 256 colours, or characters where there
 * are fewer than that.
 * @param colourDepth bits, as a terminal's getColorDepth() tells them; 1 for a file or a pipe */
export function picture({ width, height, channels, pixels }: Image, colourDepth: number): string[] {
  const colour = (x: number, y: number): Colour => {
    if (y >= height) return BLACK;
    const at = (y * width + x) * channels;
    return channels === 1 ? [pixels[at], pixels[at], pixels[at]] : [pixels[at], pixels[at + 1], pixels[at + 2]];
  };
  const halfBlock = (upper: Colour, lower: Colour) =>
    `\x1b[38;${colourCode(upper, colourDepth)}m\x1b[48;${colourCode(lower, colourDepth)}m▀`;
  const character = (upper: Colour, lower: Colour) =>
    RAMP[Math.floor(((luma(upper) + luma(lower)) / 2 / 256) * RAMP.length)];
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) => {
    const cells = Array.from({ length: width }, (_, x) => [colour(x, 2 * line), colour(x, 2 * line + 1)] as const);
    if (colourDepth < 8) return cells.map(([upper, lower]) => character(upper, lower)).join('');
    return `${cells.map(([upper, lower]) => halfBlock(upper, lower)).join('')}\x1b[0m`;
  });
}
