import type { Image } from '../../data/image.js';

const RAMP = ' .:-=+*#%@';
/** Terminals with 256 colours have 24 greys from number 232 on, of levels 8, 18 … 238. */
const greyNumber = (level: number) => 232 + Math.min(23, Math.max(0, Math.round((level - 8) / 10)));

/** An image as lines of text, two of its rows in each: half blocks in 2²⁴ or in 256 colours, or characters where there
 * are fewer than that.
 * @param colourDepth bits, as a terminal's getColorDepth() tells them; 1 for a file or a pipe */
export function picture({ width, height, pixels }: Image, colourDepth: number): string[] {
  const level = (x: number, y: number) => (y < height ? pixels[y * width + x] : 0);
  const colour = (grey: number) => (colourDepth >= 24 ? `2;${grey};${grey};${grey}` : `5;${greyNumber(grey)}`);
  const halfBlock = (upper: number, lower: number) => `\x1b[38;${colour(upper)}m\x1b[48;${colour(lower)}m▀`;
  const character = (upper: number, lower: number) => RAMP[Math.floor(((upper + lower) / 2 / 256) * RAMP.length)];
  return Array.from({ length: Math.ceil(height / 2) }, (_, line) => {
    const cells = Array.from({ length: width }, (_, x) => [level(x, 2 * line), level(x, 2 * line + 1)] as const);
    if (colourDepth < 8) return cells.map(([upper, lower]) => character(upper, lower)).join('');
    return `${cells.map(([upper, lower]) => halfBlock(upper, lower)).join('')}\x1b[0m`;
  });
}
