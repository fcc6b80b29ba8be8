import type { HashKey } from '../../tensor/random.js';

/** Functions of single elements. */
export interface ElementKernels {
  /** y[i] = a[i] + b[i]; y may be a or b. */
  add(a: Float32Array, b: Float32Array, y: Float32Array): void;

  /** relu of add; y may be a or b. */
  addRelu(a: Float32Array, b: Float32Array, y: Float32Array): void;

  /** y[i] = a[i]·b[i]; y may be a or b. */
  multiply(a: Float32Array, b: Float32Array, y: Float32Array): void;

  /** y = x where x > 0 or x is NaN, else 0. */
  relu(x: Float32Array, y: Float32Array): void;

  /** relu of the first `columns` of each row, in place; rows begin `stride` floats apart. */
  reluColumns(y: Float32Array, rows: number, columns: number, stride: number): void;

  /** dx = dy where y > 0 or y is NaN, else 0. */
  reluBackward(y: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y[i] = x[i]·scale where hash(key, i) ≥ threshold, else 0; see `hash` in tensor/random.ts. Its own backward. */
  dropout(x: Float32Array, y: Float32Array, key: HashKey, threshold: number, scale: number): void;
}
