import * as layers from '../../src/index.js';
import type { Layer } from '../../src/layers/layer.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { formulaValues } from './formula.js';
import { readJson } from './golden.js';

/** A layer with what pooling_reference.py has of it. */
export interface PoolingCase {
  readonly index: number;
  readonly layer: Layer;
  readonly printed: string;
  readonly shape: readonly number[];
  readonly levels: number;
  readonly y: Float32Array;
  readonly dx: Float32Array;
}

type Stored = Omit<PoolingCase, 'index' | 'layer'> & { readonly type: 'MaxPool2d'; readonly arguments: unknown[] };

export const poolingCases: readonly PoolingCase[] = (readJson('pooling.json') as Stored[]).map((stored, index) => ({
  ...stored,
  index,
  y: Float32Array.from(stored.y),
  dx: Float32Array.from(stored.dx),
  layer: Reflect.construct(layers[stored.type], stored.arguments),
}));

export function poolingInput({ index, shape, levels }: PoolingCase): Float32Array {
  const x = formulaValues(1, 2 * index, sizeOf(shape));
  return levels > 0 ? x.map((value) => Math.round(value * levels) / levels) : x;
}
