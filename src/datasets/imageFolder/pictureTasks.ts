import { join } from 'node:path';
import { decodeImage, MAX_FILE_BYTES, readImage } from '../../data/decode/decodeImage.js';
import { type ImageHeader, readImageHeader } from '../../data/decode/imageHeader.js';
import type { ImageTransform } from '../../data/imageTransform.js';
import { type TransformedImage, transformImage } from '../../data/transformImage.js';
import { HeddleError, oneLine, reason } from '../../errors.js';
import { readRegularFile } from '../../formats/regularFile.js';

/** Some of a data set's pictures. */
interface Files {
  readonly folder: string;
  readonly files: readonly string[];
}

export interface DecodeTask extends Files {
  /** The place of the first of them in the data set; the others follow. */
  readonly first: number;
  readonly transform: ImageTransform;
  /** The pixels of the whole data set. */
  readonly inputs: Uint8Array<SharedArrayBuffer>;
}

export interface Decoded {
  readonly first: number;
  /** The size of each picture, or why it cannot be read. */
  readonly outcomes: readonly (readonly [width: number, height: number] | string)[];
}

export interface ReadTask {
  /** The place of the file among others. */
  readonly place: number;
  readonly file: string;
  readonly transform: ImageTransform;
}

export interface Read {
  readonly place: number;
  /** The picture, or why it cannot be read. */
  readonly outcome: TransformedImage | { readonly error: string };
}

/** What worker threads do with pictures. */
export const pictureTasks = {
  /** What the headers of files say; a file that cannot be read says nothing, since decoding will tell why. */
  async headers({ folder, files }: Files): Promise<(ImageHeader | undefined)[]> {
    return inTurn(
      files,
      (file) => readImageHeader(join(folder, file)).catch(() => undefined),
      (header) => header,
    );
  },

  /** Decodes files into their places in the data set. */
  async decode({ folder, files, first, transform, inputs }: DecodeTask): Promise<Decoded> {
    let place = first;
    const read = (file: string) => readRegularFile(join(folder, file), MAX_FILE_BYTES).catch((error: unknown) => error);
    const outcomes = await inTurn(files, read, (content, file) => {
      const at = place++;
      try {
        if (!(content instanceof Uint8Array)) throw content;
        const image = decodeImage(content, join(folder, file));
        const { pixels } = transformImage(image, transform);
        inputs.set(pixels, at * pixels.length);
        return [image.width, image.height] as const;
      } catch (error) {
        return whyNot(error, join(folder, file));
      }
    });
    return { first, outcomes };
  },

  /** Reads one file, of which nothing is known before. */
  async read({ place, file, transform }: ReadTask): Promise<Read> {
    try {
      return { place, outcome: transformImage(await readImage(file), transform) };
    } catch (error) {
      return { place, outcome: { error: reason(error) } };
    }
  },
};

/** Reads the next file while one is worked on. */
async function inTurn<Content, Result>(
  files: readonly string[],
  read: (file: string) => Promise<Content>,
  work: (content: Content, file: string) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = read(files[0]);
  for (const [i, file] of files.entries()) {
    const content = await next;
    if (i + 1 < files.length) next = read(files[i + 1]);
    results.push(work(content, file));
  }
  return results;
}

/** What is wrong with a file, without its path. */
function whyNot(error: unknown, path: string): string {
  if (!(error instanceof HeddleError)) return reason(error);
  const { code, cause, message } = error;
  if (code === 'FILE' && cause) return reason(cause).split(', ')[0];
  const head = oneLine(`${path}: `);
  return message.startsWith(head) ? message.slice(head.length) : message;
}
