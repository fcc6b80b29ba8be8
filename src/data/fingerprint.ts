import { createHash } from 'node:crypto';
import type { ImageDataset } from './imageDataset.js';

/** SHA-256 of a data set: its dimensions, its pixels and its labels. */
export function fingerprint({ count, channels, height, width, images, labels }: ImageDataset): string {
  const hash = createHash('sha256').update(JSON.stringify([count, channels, height, width]));
  return hash.update(images).update(labels).digest('hex');
}
