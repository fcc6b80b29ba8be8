import type { TransformedImage } from '../data/transformImage.js';
import type { PictureReader } from '../prediction/pictureReader.js';
import { type Named, picturesNamed } from './options/pictureArguments.js';
import type { Unreadable } from './terminal/predictionPrinter.js';
import type { PictureInput } from './terminal/predictionText.js';

/** So many pictures are read at once, on all threads, and then predicted, while the next ones are read. */
const CHUNK = 32;

/** What a command is given to predict, in order and in parts of up to 32: the pictures that its arguments name, and test
 * images.
 * @param classes of which a picture is that lies in a folder of this name */
export async function* pictureInputs(
  names: readonly string[],
  tests: readonly PictureInput[],
  reader: PictureReader,
  classes: readonly string[],
): AsyncGenerator<(PictureInput | Unreadable)[]> {
  const known = new Set(classes);
  for await (const chunk of chunksOf(allOf(names, tests))) {
    const files = chunk.flatMap((one) => ('folders' in one ? [one.file] : []));
    const read = (await reader.read(files)).values();
    yield chunk.map((one) => {
      if (!('folders' in one)) return one;
      const { file, folders } = one;
      const image = read.next().value as TransformedImage | { readonly error: unknown };
      if ('error' in image) return { file, error: image.error };
      return { source: { file }, trueClass: folders.find((folder) => known.has(folder)), input: image };
    });
  }
}

async function* allOf(names: readonly string[], tests: readonly PictureInput[]): AsyncGenerator<Named | PictureInput> {
  yield* picturesNamed(names);
  yield* tests;
}

async function* chunksOf<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Works on the next value while the one before is used. */
export async function* ahead<T>(values: AsyncIterator<T>): AsyncGenerator<T> {
  for (let next = values.next(); ; ) {
    const { value, done } = await next;
    if (done) return;
    next = values.next();
    next.catch(() => {}); // told when it is awaited
    yield value;
  }
}
