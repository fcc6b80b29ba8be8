import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { MnistDataset } from '../../src/data/mnist/mnistDataset.js';

export interface SyntheticOptions {
  readonly classes?: number;
  readonly channels?: number;
  readonly size?: number;
  /** Default size: images are square. */
  readonly width?: number;
  /** Another set of images of the same classes. */
  readonly sample?: number;
}

/**
 * Small images that a network can tell apart: each class has a random pattern of black and white, of which each
 * image shows three pixels in four, the others being noise. Image i is of class i mod classes. The same on every machine.
 */
export function syntheticDataset(
  count: number,
  { classes = 3, channels = 1, size = 8, width = size, sample = 0 }: SyntheticOptions = {},
): MnistDataset {
  const pixels = channels * size * width;
  const inputs = new Uint8Array(new SharedArrayBuffer(count * pixels));
  const targets = new Uint8Array(new SharedArrayBuffer(count));
  for (let i = 0; i < count; i++) {
    targets[i] = i % classes;
    for (let p = 0; p < pixels; p++) {
      const noise = random(1 + sample, i, p);
      const pattern = random(0, targets[i], p) % 2 === 0 ? 0 : 255;
      inputs[i * pixels + p] = noise % 4 === 0 ? noise >>> 24 : pattern;
    }
  }
  return { inputs, targets, count, shape: [channels, size, width], targetShape: [] };
}

/** Writes a folder as loadMnistFolder wants it, gzip: training and test images of one channel, with their labels. */
export async function writeMnistFolder(
  folder: string,
  train: MnistDataset | undefined,
  test: MnistDataset,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [prefix, dataset] of Object.entries({ train, t10k: test })) {
    if (!dataset) continue;
    const { inputs, targets, count, shape } = dataset;
    await writeFile(join(folder, `${prefix}-images-idx3-ubyte.gz`), gzipSync(idx([count, ...shape.slice(1)], inputs)));
    await writeFile(join(folder, `${prefix}-labels-idx1-ubyte.gz`), gzipSync(idx([count], targets)));
  }
  return folder;
}

function idx(shape: readonly number[], payload: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [axis, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * axis);
  return Buffer.concat([header, payload]);
}

/** 32 random bits for a place: rounds of MurmurHash3's finaliser. */
function random(...place: readonly number[]): number {
  return place.reduce((key, part) => {
    let x = key ^ Math.imul(part + 1, 0x9e3779b1);
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  }, 0);
}
