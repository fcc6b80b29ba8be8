import { type Augmentation, jitters } from '../augmentation.js';
import type { Image } from '../image.js';
import { resize } from '../resize.js';
import { drawColorJitter, jitterColors } from './colorJitter.js';
import { type Box, type Crop, plainCrop, type SamplePlace } from './crop.js';
import { pixelsOf } from './padding.js';
import { drawBox } from './randomResizedCrop.js';
import { drawOperation, operations } from './trivialAugment.js';

/** An image with all that is done to its bytes, that is, everything but what is erased and mixed. */
export function changePixels(given: Image, augmentation: Augmentation, crop: Crop, place: SamplePlace): Image {
  const { height, width } = given;
  let image = given;
  if (augmentation.randomResizedCrop > 0) {
    const box = drawBox(augmentation.randomResizedCrop, [height, width], place);
    image = resize(cut(image, box), [height, width], { top: 0, left: 0, height, width });
  }
  image = cut(image, { top: crop.top, left: crop.left, height, width }, crop);
  if (jitters(augmentation)) image = jitterColors(image, drawColorJitter(augmentation.colorJitter, place));
  if (!augmentation.trivialAugment) return image;
  const [name, magnitude] = drawOperation(place);
  return operations[name].apply(image, magnitude);
}

/** Part of an image, with what lies around that, mirrored if told so. */
export function cut(
  { width, height, channels, pixels }: Image,
  box: Box,
  { padding, horizontalFlip, verticalFlip }: Pick<Crop, 'padding' | 'horizontalFlip' | 'verticalFlip'> = plainCrop,
): Image {
  const rows = pixelsOf(height, { from: box.top, count: box.height, isMirrored: verticalFlip }, padding);
  const columns = pixelsOf(width, { from: box.left, count: box.width, isMirrored: horizontalFlip }, padding);
  const part = new Uint8Array(box.height * box.width * channels);
  let to = 0;
  for (const row of rows)
    for (const column of columns) {
      const from = (row * width + column) * channels;
      if (row >= 0 && column >= 0) for (let c = 0; c < channels; c++) part[to + c] = pixels[from + c];
      to += channels;
    }
  return { width: box.width, height: box.height, channels, pixels: part };
}
