import { encodePng } from '../../formats/png.js';
import type { EncodedImage } from '../../formats/tensorBoard/event.js';
import type { RunFilters } from '../../training/events.js';

/** Filters side by side, a pixel a weight, with a white line between two. Filters of three channels are in colour; of others each
 * channel is a picture in grey. A weight of 0 is in the middle of the range, and the largest one, of either sign, at its end. */
export function filterGrid({ shape, values }: Pick<RunFilters, 'shape' | 'values'>): EncodedImage {
  const [filters, depth, filterHeight, filterWidth] = shape;
  const channels = depth === 3 ? 3 : 1;
  const pictures = (filters * depth) / channels;
  const columns = Math.ceil(Math.sqrt(pictures));
  const width = columns * (filterWidth + 1) - 1;
  const height = Math.ceil(pictures / columns) * (filterHeight + 1) - 1;
  const pixels = new Uint8Array(width * height * channels).fill(255);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  for (let i = 0; i < values.length; i++) {
    const plane = Math.floor(i / (filterWidth * filterHeight));
    const picture = Math.floor(plane / channels);
    const x = (picture % columns) * (filterWidth + 1) + (i % filterWidth);
    const y = Math.floor(picture / columns) * (filterHeight + 1) + (Math.floor(i / filterWidth) % filterHeight);
    pixels[(y * width + x) * channels + (plane % channels)] = Math.round(127.5 * (1 + values[i] / largest));
  }
  return { width, height, channels, png: encodePng({ width, height, channels, pixels }) };
}
