import { constants } from 'node:buffer';
import { totalmem } from 'node:os';
import { HeddleError } from '../../errors.js';
import { formatShape, type Shape, sizeOf } from '../../tensor/shape.js';

/** Bytes of memory that this process may have, as far as the system says. */
export const memoryLimit = () => Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** @throws HeddleError MEMORY when inputs of a shape, of a byte each number, take more than three quarters of the memory, or more
 *   than Node's arrays hold */
export function checkMemory(source: string, count: number, shape: Shape): void {
  const most = Math.min(0.75 * memoryLimit(), constants.MAX_LENGTH);
  const bytes = count * sizeOf(shape);
  if (bytes <= most) return;
  throw new HeddleError(
    'MEMORY',
    `${source}: ${count} pictures as inputs of shape ${formatShape(shape)} take ${gigabytes(bytes)}; there is room for ` +
      `${gigabytes(most)}, ${Math.floor(most / sizeOf(shape))} of them. Make them smaller (imageSize, --image-size), or take fewer.`,
  );
}
