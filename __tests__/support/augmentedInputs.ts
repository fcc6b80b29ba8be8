import { type Augmentation, noAugmentation } from '../../src/data/augmentation.js';
import type { Dataset } from '../../src/data/dataset.js';
import { tensorDataset } from '../../src/data/tensorDataset.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { Sequential } from '../../src/network/sequential.js';
import { optimizerConfig } from '../../src/optimizers/registry.js';
import { SGD } from '../../src/optimizers/sgd.js';
import { sizeOf } from '../../src/tensor/shape.js';
import type { Programs } from '../../src/training/programs.js';
import type { RunConfig } from '../../src/training/trainerOptions.js';
import { makePrograms, runProgram } from './programs.js';

export const MEAN = 0.5; // no pixel becomes 0, so that 0 is what was erased
export const STD = 0.4;
export const scaled = (pixel: number) => Math.fround((pixel / 255 - MEAN) / STD);

type Image = readonly (readonly (readonly number[])[])[]; // [channel][row][column]

/** Two images of 2×5×7 pixels from 1 to 140, each another one. */
export const [HEIGHT, WIDTH] = [5, 7];
export const images: readonly Image[] = [0, 1].map((n) =>
  [0, 1].map((c) =>
    Array.from({ length: HEIGHT }, (_, y) =>
      Array.from({ length: WIDTH }, (_, x) => 1 + ((n * 2 + c) * HEIGHT + y) * WIDTH + x),
    ),
  ),
);
export const dataset = tensorDataset(images as number[][][][], [0, 1]);

/** The programs of a network of one layer, at learning rate 0, so that only images count. */
export function gathering({ shape }: Dataset, augmentation: Partial<Augmentation>, options: Partial<RunConfig> = {}) {
  const network = new Sequential([new Flatten(), new Linear(sizeOf(shape), 2)]);
  return makePrograms(
    network,
    { shape },
    {
      batchSize: 100,
      optimizer: optimizerConfig(new SGD({ learningRate: 0 })),
      normalization: { mean: MEAN, std: STD },
      augmentation: { ...noAugmentation, ...augmentation },
      ...options,
    },
  );
}

/** What the network gets in place of sample `n` of the batch, as [channel][row][column]. */
export function inputOf({ model }: Programs, n: number, mode: 'training' | 'evaluation' = 'training'): number[][][] {
  const [channels, height, width] = model.inputShape;
  const { data } = model.plan(mode).input;
  const at = (c: number, y: number, x: number) => data[((n * height + y) * width + x) * channels + c];
  const range = (length: number) => Array.from({ length }, (_, i) => i);
  return range(channels).map((c) => range(height).map((y) => range(width).map((x) => at(c, y, x))));
}

/** The inputs of training steps `first` … `first + steps − 1`, 100 times image `image` each. */
export function draws(
  programs: Programs,
  steps: number,
  { first = 0, image = 0, data = dataset } = {},
): number[][][][] {
  return Array.from({ length: steps }, (_, number) => {
    runProgram(programs, 'train', data, Array(100).fill(image), { number: first + number, shards: 20 });
    return Array.from({ length: 100 }, (_, n) => inputOf(programs, n));
  }).flat();
}

/** An image with `padding` rows and columns of 0 around it, of which a part of its size is cut out from row `top` and
 * column `left` on, and mirrored if told so; scaled. */
export function byHand(
  image: Image,
  padding: number,
  [top, left, flip]: readonly [number, number, boolean],
): number[][][] {
  return image.map((plane) => {
    const black = Array(padding).fill(0);
    const blackRows = Array.from({ length: padding }, () => Array(WIDTH + 2 * padding).fill(0));
    const padded = [...blackRows, ...plane.map((row) => [...black, ...row, ...black]), ...blackRows];
    const cut = padded.slice(top, top + HEIGHT).map((row) => row.slice(left, left + WIDTH));
    return cut.map((row) => (flip ? row.reverse() : row).map(scaled));
  });
}

export const PADDING = 2;
export const offsets = [0, 1, 2, 3, 4];
export const crops = offsets.flatMap((top) =>
  offsets.flatMap((left) => [false, true].map((flip) => [top, left, flip] as const)),
);
/** The input that each crop at an image makes, as text, with the crop. */
export const inputs = images.map(
  (image) => new Map(crops.map((crop) => [JSON.stringify(byHand(image, PADDING, crop)), crop])),
);

/** 5 standard deviations of a count of n draws of probability p: 1 in 1.7 million is out of them. */
export const bound = (n: number, p: number) => 5 * Math.sqrt(n * p * (1 - p));
