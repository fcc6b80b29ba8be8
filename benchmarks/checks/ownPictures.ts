import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAccuracy } from './ownPictures/accuracy.js';
import { checkExport } from './ownPictures/export.js';
import { checkFreezing } from './ownPictures/freezing.js';
import { draw, install } from './ownPictures/installation.js';

// What the command makes of a folder of pictures, installed from the package that npm packs, on drawn pictures of three
// classes: a training's accuracy and time, ONNX against `predict`, and weights of torchvision with frozen layers.
// `npm run own-pictures`, or `npm run own-pictures -- 7` for other pictures; exits with 1 if something is not as it should be.

const [seed = 0] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), 'heddle-pictures-'));
try {
  await install(folder);
  await draw(join(folder, 'pictures'), 60, seed);
  for (const check of [checkAccuracy, checkExport, checkFreezing]) {
    const { text, good } = await check(folder, seed);
    console.log(`${good ? 'good' : 'NOT GOOD'}: ${text}`);
    if (!good) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true });
}
