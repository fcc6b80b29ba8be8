import type { Image } from '../src/data/image.js';
import type { MnistDataset } from '../src/data/mnist/mnistDataset.js';
import { HeddleError, quote, reason } from '../src/errors.js';

/** The most pixels of a picture that is dropped. */
const MOST_PIXELS = 25_000_000;

/** @throws HeddleError FORMAT for a file that the browser cannot show */
export async function pictureIn(file: File): Promise<Image> {
  const bitmap = await createImageBitmap(file).catch((cause) => {
    const problem = `${quote(file.name)}: expected a picture, such as PNG or JPEG, or a model.safetensors`;
    throw new HeddleError('FORMAT', `${problem}; the browser says: ${reason(cause)}`, { cause });
  });
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS)
    throw new HeddleError(
      'FORMAT',
      `${quote(file.name)}: expected at most 25 million pixels; found ${width}×${height}`,
    );
  const context = contextOf(document.createElement('canvas'), width, height);
  // What is transparent shows white paper.
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return colours(context);
}

/** What a canvas shows. */
export function colours(context: CanvasRenderingContext2D): Image {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) pixels.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return { width, height, channels: 3, pixels };
}

/** A picture as the browser draws it. */
export function canvasOf(image: Image): HTMLCanvasElement {
  const { width, height, channels, pixels } = image;
  const canvas = document.createElement('canvas');
  fill(canvas, width, height, (i) => [0, 1, 2].map((colour) => pixels[channels * i + (channels === 3 ? colour : 0)]));
  return canvas;
}

/** Makes a canvas as large as a picture, and draws it. @param colourOf a pixel's red, green and blue */
export function fill(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  colourOf: (pixel: number) => number[],
): void {
  const context = contextOf(canvas, width, height);
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set([...colourOf(i), 255], 4 * i);
  context.putImageData(image, 0, 0);
}

function contextOf(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  canvas.width = width;
  canvas.height = height;
  return canvas.getContext('2d') as CanvasRenderingContext2D;
}

export function testPicture({ inputs, shape }: MnistDataset, index: number): Image {
  const [, height, width] = shape;
  const size = height * width;
  return { width, height, channels: 1, pixels: inputs.slice(index * size, (index + 1) * size) };
}
