import { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d, Upsample } from '../../src/index.js';
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

const classes = { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d, Upsample };

type Stored = Omit<PoolingCase, 'index' | 'layer'> & {
  readonly type: keyof typeof classes;
  readonly arguments: unknown[];
};

export const poolingCases: readonly PoolingCase[] = (readJson('pooling.json') as Stored[]).map((stored, index) => ({
  ...stored,
  index,
  y: Float32Array.from(stored.y),
  dx: Float32Array.from(stored.dx),
  layer: Reflect.construct(classes[stored.type], stored.arguments),
}));

export function poolingInput({ index, shape, levels }: PoolingCase): Float32Array {
  const x = formulaValues(1, 2 * index, sizeOf(shape));
  return levels > 0 ? x.map((value) => Math.round(value * levels) / levels) : x;
}
