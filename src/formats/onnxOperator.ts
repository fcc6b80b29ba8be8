import type { StoredSource } from '../tensor/view.js';

/** An attribute's value by its type in ONNX: JavaScript's numbers do not tell an int from a float. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] };

/** An operator of ONNX's own domain, opset 17: its first inputs are a layer's inputs, its only output the layer's output. Of
 * several, each takes what the one before it gives, and the last gives the layer's output. */
export interface OnnxOperator {
  readonly opType: string;
  /** Whether it takes the layer's first input once more, behind what it takes anyhow. */
  readonly withInput?: boolean;
  /** The inputs behind those, in the operator's order: names of the layer's own parameters and buffers, or other tensors. */
  readonly tensors?: readonly (string | StoredSource)[];
  /** Tensors of its own, which are its last inputs. */
  readonly constants?: readonly StoredSource[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** An operator that takes a number besides: Add or Mul, for example. */
export const withScalar = (opType: string, value: number): OnnxOperator => ({
  opType,
  constants: [{ shape: [], data: Float32Array.of(value) }],
});

/** An operator that puts pixels of a value before an image's rows and columns, and behind them. */
export const paddedImage = (before: readonly number[], behind: readonly number[], value: number): OnnxOperator => ({
  opType: 'Pad',
  constants: [
    { shape: [8], data: BigInt64Array.from([0, 0, ...before, 0, 0, ...behind], BigInt) },
    { shape: [], data: Float32Array.of(value) },
  ],
});
