// Draws pictures of circles, squares and triangles, 60 of each in a folder of its own: data for `heddle train --data DIR` for
// whoever has no pictures at hand. `node dist/examples/drawPictures.js DIR [pictures of a class] [seed]`

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode as encodePng } from 'fast-png';
import jpeg from 'jpeg-js';

const [folder = 'pictures', count = '60', seed = '0'] = process.argv.slice(2);

/** Numbers from 0 to below 1: a linear congruential generator (Numerical Recipes, 7.1.4), of which the upper bits are good. */
let state = Number(seed) >>> 0;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return (state >>> 8) / 2 ** 24;
}
const between = (low: number, high: number) => low + (high - low) * random();

/** Whether a point lies in a shape around 0 that is about 1 in radius. */
const shapes = {
  circle: (x: number, y: number) => x * x + y * y < 1,
  square: (x: number, y: number) => Math.max(Math.abs(x), Math.abs(y)) < 0.9,
  triangle: (x: number, y: number) => y < 0.6 && y > 1.9 * Math.abs(x) - 1,
};

const colour = () => [between(0, 255), between(0, 255), between(0, 255)];
/** What is left of a colour in a grey picture. */
const luma = ([red, green, blue]: readonly number[]) => 0.299 * red + 0.587 * green + 0.114 * blue;

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

function draw(isInside: (x: number, y: number) => boolean): Picture {
  const [width, height] = [Math.round(between(48, 200)), Math.round(between(48, 200))];
  const background = colour();
  let paint = colour();
  while (Math.abs(luma(background) - luma(paint)) < 50) paint = colour();
  // In the middle, somewhere: what CenterCrop cuts away of a long picture is background.
  const side = Math.min(width, height);
  const radius = between(0.22, 0.42) * side;
  const room = side / 2 - radius;
  const [left, top] = [width / 2 + between(-room, room), height / 2 + between(-room, room)];
  const angle = between(-0.4, 0.4);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const rgb = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [(x - left) / radius, (y - top) / radius];
      const here = isInside(cos * dx + sin * dy, cos * dy - sin * dx) ? paint : background;
      const noise = between(-20, 20);
      for (let c = 0; c < 3; c++) rgb[3 * (y * width + x) + c] = Math.min(255, Math.max(0, here[c] + noise));
    }
  return { width, height, rgb };
}

function pngOf({ width, height, rgb }: Picture, grey: boolean): Uint8Array {
  if (!grey) return encodePng({ width, height, data: rgb, channels: 3 });
  const greys = Uint8Array.from({ length: width * height }, (_, p) =>
    luma([rgb[3 * p], rgb[3 * p + 1], rgb[3 * p + 2]]),
  );
  return encodePng({ width, height, data: greys, channels: 1 });
}

function jpegOf({ width, height, rgb }: Picture): Uint8Array {
  const rgba = new Uint8Array(4 * width * height).fill(255);
  for (let p = 0; p < width * height; p++) rgba.set(rgb.subarray(3 * p, 3 * p + 3), 4 * p);
  return jpeg.encode({ width, height, data: rgba }, 90).data;
}

for (const [name, isInside] of Object.entries(shapes)) {
  await mkdir(join(folder, name), { recursive: true });
  for (let i = 1; i <= Number(count); i++) {
    const picture = draw(isInside);
    const kind = i % 3;
    const file = kind === 0 ? jpegOf(picture) : pngOf(picture, kind === 1);
    await writeFile(join(folder, name, `${name}-${i}.${kind === 0 ? 'jpg' : 'png'}`), file);
  }
}
console.log(`${count} pictures each of ${Object.keys(shapes).join(', ')} in ${folder}`);
