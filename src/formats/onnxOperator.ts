import type { StoredSource } from '../tensor/view.js';

/** An attribute's value by its type in ONNX: JavaScript's numbers do not tell an int from a float. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] };

/** An operator of ONNX's own domain, opset 17, of one output: the layer's, or what another operator of the layer takes. */
export interface OnnxOperator {
  readonly opType: string;
  /** What it takes first: the layer's first input, or what other operators give. All of the layer's inputs unless given. */
  readonly inputs?: readonly ('input' | OnnxOperator)[];
  /** The inputs behind those: names of the layer's own parameters and buffers, in the operator's order. */
  readonly tensors?: readonly string[];
  /** Tensors of its own, which are its last inputs. */
  readonly constants?: readonly StoredSource[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}
