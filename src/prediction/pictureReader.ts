import { readImage } from '../data/decode/decodeImage.js';
import type { ImageTransform } from '../data/imageTransform.js';
import { type TransformedImage, transformImage } from '../data/transformImage.js';

export class PictureReader {
  constructor(
    private readonly transform: ImageTransform,
    readonly workers: number,
  ) {}

  read(files: readonly string[]): Promise<(TransformedImage | { readonly error: unknown })[]> {
    return Promise.all(
      files.map((file) =>
        readImage(file).then(
          (image) => transformImage(image, this.transform),
          (error) => ({ error }),
        ),
      ),
    );
  }
}
