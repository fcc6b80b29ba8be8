import { readFileSync } from 'node:fs';

interface Golden {
  /** Pixels are bytes in base64, rows of pixels of channels. */
  readonly files: readonly { file: string; width: number; height: number; channels: 1 | 3; pixels: string }[];
  /** Planes of channels, in base64. */
  readonly transforms: readonly {
    file: string;
    resize: number;
    crop: [number, number];
    channels: 1 | 3;
    pixels: string;
  }[];
  readonly normalization: { mean: number[]; std: number[]; bytes: number[][] };
}

const golden = new URL('../golden/', import.meta.url);

/** What pictures_reference.py wrote. */
export const pictures: Golden = JSON.parse(readFileSync(new URL('pictures.json', golden), 'utf8'));

export const pictureFile = (name: string) => new URL(`pictures/${name}`, golden);
