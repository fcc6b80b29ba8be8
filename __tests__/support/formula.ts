import type { Model } from '../../src/network/model.js';
import type { TensorSource } from '../../src/tensor/view.js';

// Jest looks a global up anew each time, which takes longer than all else in the loop.
const { imul } = Math;

/** A stream of golden/torch_reference.py's formula: numbers in ±bound. */
export function formulaValues(seed: number, stream: number, length: number, bound = 1): Float32Array {
  const start = Math.imul(seed, 0x9e3779b9) + Math.imul(stream, 0x85ebca6b);
  return Float32Array.from({ length }, (_, i) => (2 * (mix(start + i) / 2 ** 32) - 1) * bound);
}

/** Weights that golden/torch_reference.py makes too, by the formula at its head: for each Conv2d's and Linear's weight
 * and bias, numbered by their place in the state dict without num_batches_tracked. */
export function formulaWeights(
  model: Pick<Model, 'parameters' | 'stateDict'>,
  seed: number,
): Map<string, TensorSource> {
  const weights = new Map<string, TensorSource>();
  const bounds = new Map(model.parameters.map(({ name, initial }) => [name, initial]));
  const names = [...model.stateDict()].filter(([name]) => !name.endsWith('num_batches_tracked'));
  for (const [stream, [name, { shape, size }]] of names.entries()) {
    const bound = bounds.get(name);
    if (!bound || !('uniform' in bound)) continue;
    weights.set(name, { shape, data: formulaValues(seed, stream, size, bound.uniform) });
  }
  return weights;
}

function mix(value: number): number {
  let x = value >>> 0;
  x ^= x >>> 16;
  x = imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}
