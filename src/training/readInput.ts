import { changePixels } from '../data/augmentation/changePixels.js';
import { type Crop, drawCrop, type SamplePlace } from '../data/augmentation/crop.js';
import { pixelsOf } from '../data/augmentation/padding.js';
import { type Augmentation, changeOfBytes } from '../data/augmentation.js';
import type { Dataset } from '../data/dataset.js';
import type { Image } from '../data/image.js';
import type { ChannelScale } from '../data/normalization.js';

/** Where a sample's input goes: to the place `at` of an array of inputs H×W×C. */
interface Destination {
  readonly data: Float32Array;
  readonly at: number;
}

/** Reads a training image with all that changes it at random, but for MixUp. */
export function readAugmented(
  dataset: Dataset,
  sample: number,
  scales: readonly ChannelScale[],
  to: Destination,
  { augmentation, place }: { readonly augmentation: Augmentation; readonly place: SamplePlace },
): void {
  const [, height = 1, width = 1] = dataset.shape;
  const crop = drawCrop(augmentation, [height, width], place);
  if (changeOfBytes(augmentation) === undefined) readInput(dataset, sample, crop, scales, to);
  else writeImage(changePixels(imageOf(dataset, sample), augmentation, crop, place), scales, to);
  erase(crop, dataset, to);
}

/** Reads a sample's numbers C×H×W, cropped and scaled. */
export function readInput(
  { inputs, shape }: Dataset,
  sample: number,
  { top, left, padding, horizontalFlip, verticalFlip }: Crop,
  scales: readonly ChannelScale[],
  { data, at }: Destination,
): void {
  // Taken out of the list by a pattern, these make the loops three times as slow in Node 20.
  const channels = shape[0];
  const height = shape[1] ?? 1;
  const width = shape[2] ?? 1;
  const areBytes = inputs.BYTES_PER_ELEMENT === 1;
  const rows = pixelsOf(height, { from: top, count: height, isMirrored: verticalFlip }, padding);
  const columns = pixelsOf(width, { from: left, count: width, isMirrored: horizontalFlip }, padding);
  for (let c = 0; c < channels; c++) {
    const { mean, std, bytes } = scales[c];
    const image = (sample * channels + c) * height * width;
    for (let y = 0; y < height; y++) {
      const row = rows[y];
      for (let x = 0; x < width; x++) {
        const column = columns[x];
        const value = row >= 0 && column >= 0 ? inputs[image + row * width + column] : 0;
        data[((at * height + y) * width + x) * channels + c] = areBytes ? bytes[value] : (value - mean) / std;
      }
    }
  }
}

/** A sample of bytes as a picture, whose pixels have their channels side by side. */
function imageOf({ inputs, shape }: Dataset, sample: number): Image {
  const channels = shape[0] as Image['channels'];
  const [height, width] = [shape[1], shape[2]];
  const size = height * width;
  const pixels = new Uint8Array(size * channels);
  for (let c = 0; c < channels; c++) {
    const plane = (sample * channels + c) * size;
    for (let p = 0; p < size; p++) pixels[p * channels + c] = inputs[plane + p];
  }
  return { width, height, channels, pixels };
}

function writeImage({ channels, pixels }: Image, scales: readonly ChannelScale[], { data, at }: Destination): void {
  for (let c = 0; c < channels; c++) {
    const { bytes } = scales[c];
    for (let i = c; i < pixels.length; i += channels) data[at * pixels.length + i] = bytes[pixels[i]];
  }
}

function erase(
  { erased }: Crop,
  { shape: [channels, height = 1, width = 1] }: Dataset,
  { data, at }: Destination,
): void {
  for (const box of erased)
    for (let y = box.top; y < box.top + box.height; y++) {
      const start = ((at * height + y) * width + box.left) * channels;
      data.fill(0, start, start + box.width * channels);
    }
}
