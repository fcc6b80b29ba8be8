import { type Dataset, tensorDataset } from '../../dist/index.js';
import { formulaValues } from './formula.js';

/** The images of 2×4×4 pixels of golden/training_reference.py, and their labels. */
export function formulaImages({ seed, samples }: { readonly seed: number; readonly samples: number }): Dataset {
  const values = formulaValues(seed, 6700, samples * 32);
  const pixels = Uint8Array.from(values, (value) => Math.floor(128 * (value + 1)));
  const labels = Array.from({ length: samples }, (_, n) => n % 3);
  return tensorDataset({ shape: [samples, 2, 4, 4], data: pixels }, labels);
}
