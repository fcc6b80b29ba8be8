import { readdirSync, readFileSync } from 'node:fs';
import { decodeSafetensors, type StoredTensor } from '../../src/formats/safetensors.js';

const folder = new URL('../golden/', import.meta.url);

/** The names of PyTorch's single-layer cases of one kind, such as "conv2d". */
export const goldenCases = (kind: string): string[] =>
  readdirSync(new URL('layers/', folder))
    .filter((file) => file.startsWith(`${kind}_`))
    .map((file) => file.replace('.safetensors', ''));

const tensorsOf = (path: string) => decodeSafetensors(readFileSync(new URL(path, folder))).tensors;

const numbersOf = ({ data }: StoredTensor) => Array.from(data as ArrayLike<number | bigint>, Number);

/** A case's tensors: x, y, dy, dx, parameters, their gradients with a "d" before the name, buffers. */
export function golden(name: string) {
  const tensors = tensorsOf(`layers/${name}.safetensors`);
  return (key: string) => {
    const tensor = tensors.get(key);
    if (!tensor) throw new Error(`${name} has no ${key}`);
    return { shape: tensor.shape, data: numbersOf(tensor) };
  };
}

/** What blocks_reference.py has of one network, by the names at its head; all but its inputs are results. */
export function goldenNetwork(name: string) {
  const tensors = tensorsOf(`blocks/${name}.safetensors`);
  const { x, dy, float32Error } = Object.fromEntries(tensors);
  const part = (prefix: string) =>
    new Map(
      [...tensors].filter(([key]) => key.startsWith(prefix)).map(([key, tensor]) => [key.slice(prefix.length), tensor]),
    );
  const inputs = /^(x|dy|before\..*|float32Error)$/;
  const results = [...tensors].filter(([key]) => !inputs.test(key));
  return {
    x,
    dy,
    before: part('before.'),
    gradients: part('gradient.'),
    results: new Map(results.map(([key, tensor]) => [key, numbersOf(tensor)])),
    float32Error: numbersOf(float32Error)[0],
  };
}

/** The numbers in a case's name: "conv2d_n2c1" → { n: 2, c: 1 }. */
export const sizesOf = (name: string): Record<string, number> =>
  Object.fromEntries(
    [...name.slice(name.indexOf('_')).matchAll(/([a-z])(\d+)/g)].map(([, key, value]) => [key, Number(value)]),
  );

export const readJson = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

/** The largest difference between two arrays, as a share of the largest expected value. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) throw new Error(`${found.length} numbers, expected ${expected.length}`);
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    // Not Math.max alone, which a NaN would pass by.
    if (!(Math.abs(found[i] - expected[i]) <= difference)) difference = Math.abs(found[i] - expected[i]);
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}
