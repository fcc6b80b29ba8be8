/** An attribute's value by its type in ONNX: JavaScript's numbers do not tell an int from a float. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] };

/** An operator of ONNX's own domain, opset 17: its first input is a layer's input, its only output the layer's output. */
export interface OnnxOperator {
  readonly opType: string;
  /** The inputs behind the first: names of the layer's own parameters and buffers, in the operator's order. */
  readonly tensors?: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}
