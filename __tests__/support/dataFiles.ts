import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';

/** What makes folders of files for a file of tests, and removes them after these. */
export function folders(): (files: Readonly<Record<string, string | Uint8Array>>) => string {
  const root = mkdtempSync(join(tmpdir(), 'heddle-datasets-'));
  afterAll(() => rmSync(root, { recursive: true }));
  let made = 0;
  return (files) => {
    const folder = join(root, String(made++));
    mkdirSync(folder);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    return folder;
  };
}

/** An IDX file of unsigned bytes. */
export const idx = (shape: readonly number[], bytes: readonly number[]) =>
  Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255]), ...bytes);

/** Images of 2×3 pixels, each of which has the numbers from 10 times its place on, and their labels. */
export const idxPair = (prefix: string, labels: readonly number[]) => ({
  [`${prefix}-images-idx3-ubyte`]: idx(
    [labels.length, 2, 3],
    labels.flatMap((_, n) => [0, 1, 2, 3, 4, 5].map((pixel) => 10 * n + pixel)),
  ),
  [`${prefix}-labels-idx1-ubyte`]: idx([labels.length], labels),
});

/** A record of the binary version of CIFAR: its labels, and pixels that are told by `pixel`. */
export const cifarRecord = (labels: readonly number[], pixel: (channel: number, y: number, x: number) => number) =>
  Uint8Array.of(...labels, ...Array.from({ length: 3072 }, (_, i) => pixel(i >> 10, (i >> 5) & 31, i & 31)));
