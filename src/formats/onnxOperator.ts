import type { StoredSource } from '../tensor/view.js';

/** An attribute's value by its type in ONNX: JavaScript's numbers do not tell an int from a float. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] };

/** An operator of ONNX's own domain, opset 17: its first inputs are a layer's inputs, its only output the layer's output. */
export interface OnnxOperator {
  readonly opType: string;
  /** The inputs behind the first: names of the layer's own parameters and buffers, in the operator's order. */
  readonly tensors?: readonly string[];
  /** Tensors of its own, which are its last inputs. */
  readonly constants?: readonly StoredSource[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}
