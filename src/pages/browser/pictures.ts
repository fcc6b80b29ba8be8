import type { RunFilters, RunPicture } from '../../training/events.js';

/** A picture as an address that it is shown by. */
export function pictureUrl({ width, height, channels, pixels }: RunPicture): string {
  const bytes = atob(pixels);
  const value = (pixel: number, colour: number) => bytes.charCodeAt(channels * pixel + (channels === 3 ? colour : 0));
  return canvasOf(width, height, value).toDataURL();
}

/** The most filters that are drawn. */
const MOST_FILTERS = 256;

/** A picture a filter: 0 is grey, and its weight farthest from 0 is black or white; of three channels in their colours, of other
 * numbers their mean. */
export function filterPictures({ shape, values }: RunFilters): HTMLCanvasElement[] {
  const [filters, channels, height, width] = shape;
  const size = height * width;
  return Array.from({ length: Math.min(filters, MOST_FILTERS) }, (_, filter) => {
    const own = values.slice(filter * channels * size, (filter + 1) * channels * size);
    const weight = (pixel: number, colour: number) =>
      channels === 3
        ? own[colour * size + pixel]
        : own.filter((_, i) => i % size === pixel).reduce((sum, weight) => sum + weight, 0) / channels;
    const pixels = Array.from({ length: size }, (_, pixel) => [0, 1, 2].map((colour) => weight(pixel, colour)));
    const greatest = Math.max(...pixels.flat().map(Math.abs)) || 1;
    return canvasOf(width, height, (pixel, colour) => 127.5 + (127.5 * pixels[pixel][colour]) / greatest);
  });
}

function canvasOf(width: number, height: number, value: (pixel: number, colour: number) => number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const image = context.createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++)
    image.data.set([value(pixel, 0), value(pixel, 1), value(pixel, 2), 255], 4 * pixel);
  context.putImageData(image, 0, 0);
  return canvas;
}
