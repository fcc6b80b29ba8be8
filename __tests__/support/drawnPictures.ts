import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pngFile } from '../../benchmarks/checks/fuzz/png.js';

/** PNG files of one colour or grey. */
export const colourPng = (width: number, height: number, [red, green, blue]: readonly number[]) =>
  pngFile({
    width,
    height,
    colourType: 2,
    depth: 8,
    samples: Array(width * height)
      .fill([red, green, blue])
      .flat(),
  });
export const greyPng = (width: number, height: number, grey: number) =>
  pngFile({ width, height, colourType: 0, depth: 8, samples: Array(width * height).fill(grey) });

/** So many files of the same content, under names that count. */
export const several = (count: number, start: string, content: Uint8Array | string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${start}${i}.png`, content]));

/** Writes files below a folder, and the folders that they lie in. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<string> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), content);
  }
  return folder;
}
