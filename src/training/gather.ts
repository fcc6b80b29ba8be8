import { type Crop, drawCrop, noAugmentation, plainCrop } from '../data/augmentation.js';
import { scaledBytes } from '../data/batches.js';
import type { ImageDataset } from '../data/imageDataset.js';
import type { Activation } from '../layers/layer.js';
import type { LossBatch } from '../losses/loss.js';
import { type Pass, type Phase, perShard, placeInStep } from '../program/phase.js';
import type { RunConfig } from './trainerOptions.js';

/** The samples of a pass. The numbers lie in memory that all threads of a run share. */
export interface PassBatch extends LossBatch {
  /** Each sample's place in the data set. */
  readonly indices: Int32Array;
  /** Every thread is told it before the pass. */
  dataset: ImageDataset | undefined;
}

/** The phase that reads the batch's images, NCHW bytes, into the input, NHWC floats, augmented in a pass of training and
 * otherwise all cropped as `plain`; and their labels into the targets. */
export function gatherImages(
  batch: PassBatch,
  input: Activation,
  { normalization, augmentation, seed }: Pick<RunConfig, 'normalization' | 'augmentation' | 'seed'>,
  plain = plainCrop,
): Phase {
  const scaled = scaledBytes(normalization);
  const [, height, width] = input.shape;
  const augmented = JSON.stringify(augmentation) !== JSON.stringify(noAugmentation);
  const cropAt = (n: number, pass: Pass) => {
    if (!pass.training || !augmented) return plain;
    const sample = placeInStep(pass, batch.indices.length, n);
    return drawCrop(augmentation, [height, width], { seed, step: pass.number, sample });
  };
  return perShard(({ first, count }, running) => {
    const dataset = batch.dataset as ImageDataset;
    for (let n = first; n < first + count; n++) {
      batch.targets[n] = dataset.labels[batch.indices[n]];
      readImage(dataset, batch.indices[n], cropAt(n, running), scaled, input.data, n);
    }
  });
}

function readImage(
  { images, channels, height, width }: ImageDataset,
  sample: number,
  { top, left, flip, erased }: Crop,
  scaled: Float32Array,
  input: Float32Array,
  place: number,
): void {
  for (let c = 0; c < channels; c++) {
    const image = (sample * channels + c) * height * width;
    for (let y = 0; y < height; y++) {
      const row = y + top;
      const inside = row >= 0 && row < height;
      for (let x = 0; x < width; x++) {
        const column = (flip ? width - 1 - x : x) + left;
        const pixel = inside && column >= 0 && column < width ? images[image + row * width + column] : 0;
        input[((place * height + y) * width + x) * channels + c] = scaled[pixel];
      }
    }
  }
  if (!erased) return;
  for (let y = erased.top; y < erased.top + erased.height; y++) {
    const start = ((place * height + y) * width + erased.left) * channels;
    input.fill(0, start, start + erased.width * channels);
  }
}
