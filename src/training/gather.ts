import { scaledBytes } from '../data/batches.js';
import type { ImageDataset } from '../data/imageDataset.js';
import { type Phase, perShard, type Step } from '../phase.js';
import { flippedGlance, type Glance, noAugmentation, plainGlance, randomGlance } from './augmentation.js';
import type { StepConfig, TrainingStep } from './step.js';

/** The phase that reads the batch's images, NCHW bytes, into the input, NHWC floats; augmented if it is for training. */
export function gatherImages(
  step: TrainingStep,
  { normalization, augmentation, seed }: StepConfig,
  { flipped = false }: { readonly flipped?: boolean } = {},
): Phase {
  const scaled = scaledBytes(normalization);
  const { inputShape, input } = step.model;
  const [, height, width] = inputShape;
  const plain = flipped ? flippedGlance : plainGlance;
  const augmented = JSON.stringify(augmentation) !== JSON.stringify(noAugmentation);
  const glanceAt = (sample: number, { training, number }: Step) =>
    training && augmented ? randomGlance(augmentation, [height, width], { seed, step: number, sample }) : plain;
  return perShard(({ first, count }, running) => {
    const dataset = step.dataset as ImageDataset;
    for (let n = first; n < first + count; n++) {
      step.targets[n] = dataset.labels[step.indices[n]];
      readImage(dataset, step.indices[n], glanceAt(n, running), scaled, input.data, n);
    }
  });
}

function readImage(
  { images, channels, height, width }: ImageDataset,
  sample: number,
  { top, left, flip, erased }: Glance,
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
