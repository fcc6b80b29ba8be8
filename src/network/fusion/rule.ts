import type { GraphNode } from '../../graph/graph.js';
import type { Fused, Layer } from '../../layers/layer.js';
import type { Shape } from '../../tensor/shape.js';

/** What a network is planned for. */
export type Mode = 'training' | 'evaluation';

/** What is planned as one: a node of the graph, or several that a rule has made one. */
export interface Operation {
  /** Of the node whose layer plans it. */
  readonly node: GraphNode;
  readonly layer: Layer;
  /** All nodes that it stands for, in order. */
  readonly covers: readonly GraphNode[];
  /** The node's place in the graph. */
  readonly index: number;
  /** Whether its module is frozen. */
  readonly frozen: boolean;
  /** The values that it takes, and their shapes. */
  readonly inputs: readonly string[];
  readonly inputShapes: readonly Shape[];
  /** The value that it gives: the last node's that it stands for. */
  readonly output: string;
  readonly fused: Fused;
}

/** In an order in which they can run. */
export interface Operations {
  readonly operations: readonly Operation[];
  /** The network's value. */
  readonly output: string;
}

/** An operation of a pattern, which may be missing if it is `optional`. */
export interface PatternItem {
  readonly accepts: (operation: Operation) => boolean;
  readonly optional?: boolean;
}

/** How neighbours are made one, or share their work, without a change of the bits. A rule applies where each operation of
 * the pattern is the only reader of the one before it. */
export interface FusionRule {
  readonly name: string;
  readonly modes: readonly Mode[];
  readonly pattern: readonly PatternItem[];
  /** What takes the operations' places: one operation that stands for all, or as many as there were; undefined where these
   * cannot be. */
  fuse(operations: readonly Operation[]): readonly Operation[] | undefined;
}

/** Operations of a class of layer, and no class derived from it, of which `condition` holds. */
export const isA = (
  type: new (...args: never[]) => Layer,
  condition: (fused: Fused) => boolean = () => true,
): PatternItem => ({
  accepts: ({ layer, fused }) => layer.constructor === type && condition(fused),
});

/** Of a BatchNorm2d that does no other's work behind its own. */
export const isPlain = ({ relu, residual, activation }: Fused): boolean => !relu && !residual && !activation;

/** An operation with more to do, that gives what `last` gave. */
export const extended = (operation: Operation, last: Operation, fused: Fused): Operation => ({
  ...operation,
  covers: operation === last ? operation.covers : [...operation.covers, ...last.covers],
  output: last.output,
  fused: { ...operation.fused, ...fused },
});
