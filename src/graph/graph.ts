import type { Shape } from '../tensor/shape.js';

/** The version of the record, which files hold. */
export const GRAPH_VERSION = 1;

/** A network as plain values, without code or weights: what worker threads get, what a model file holds, what the summary
 * prints and ONNX export walks. Names of values are those of the inputs and nodes that give them. */
export interface Graph {
  readonly version: typeof GRAPH_VERSION;
  readonly inputs: readonly GraphInput[];
  /** Each behind those whose values it takes. */
  readonly nodes: readonly GraphNode[];
  /** Names of values. */
  readonly outputs: readonly string[];
  /** The modules that the network is written as, each behind the one that it stands in: the order of a state dict. */
  readonly modules: readonly GraphModule[];
}

/** What a network takes: of each sample this shape. */
export interface GraphInput {
  readonly name: string;
  readonly shape: Shape;
}

/** One use of a layer. */
export interface GraphNode {
  readonly name: string;
  /** The layer's type and what its `arguments()` gave. */
  readonly type: string;
  readonly arguments: readonly unknown[];
  /** Names of the values that it takes. */
  readonly inputs: readonly string[];
  /** The path of the module that has its parameters, which several nodes may share; absent for a function on values. */
  readonly module?: string;
}

export interface GraphModule {
  /** The names of the properties that lead to it, joined by dots; empty for the network itself. */
  readonly path: string;
  readonly type: string;
  /** The first path to it, where this is another one. */
  readonly sameAs?: string;
}

/** The name of a module's parameter or buffer in the state dict. */
export const stateName = (path: string, key: string) => (path === '' ? key : `${path}.${key}`);
