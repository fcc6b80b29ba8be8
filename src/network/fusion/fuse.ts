import type { Graph } from '../../graph/graph.js';
import type { Layer } from '../../layers/layer.js';
import type { Shape } from '../../tensor/shape.js';
import type { Frozen } from '../frozen.js';
import { addReLU } from './addReLU.js';
import { batchNormHardswish, batchNormReLU6, batchNormSiLU } from './batchNormActivation.js';
import { batchNormAdd } from './batchNormAdd.js';
import { batchNormMaxPool } from './batchNormMaxPool.js';
import { batchNormReLU } from './batchNormReLU.js';
import { convolutionBatchNorm } from './convolutionBatchNorm.js';
import { convolutionReLU } from './convolutionReLU.js';
import { rectifiedBatchNorm } from './rectifiedBatchNorm.js';
import type { FusionRule, Mode, Operation, Operations } from './rule.js';

/** In the order in which they are tried: a rule may take what those before it made. */
export const fusionRules: readonly FusionRule[] = [
  convolutionReLU,
  batchNormAdd,
  batchNormReLU,
  batchNormReLU6,
  batchNormSiLU,
  batchNormHardswish,
  addReLU,
  batchNormMaxPool,
  rectifiedBatchNorm,
  convolutionBatchNorm,
];

/** A graph's nodes as operations, each by itself, without those that do nothing: in evaluation, or in a frozen module. */
export function operationsOf(
  graph: Graph,
  layers: ReadonlyMap<string, Layer>,
  shapes: ReadonlyMap<string, Shape>,
  mode: Mode,
  frozen?: Frozen,
): Operations {
  /** What stands for the value of a node that is left out. */
  const standIns = new Map<string, string>();
  const standingFor = (name: string) => standIns.get(name) ?? name;
  const operations: Operation[] = [];
  for (const [index, node] of graph.nodes.entries()) {
    const layer = layers.get(node.name) as Layer;
    const inputs = node.inputs.map(standingFor);
    const inputShapes = inputs.map((name) => shapes.get(name) as Shape);
    const isFrozen = frozen?.hasModule(node.module) ?? false;
    if ((mode === 'evaluation' || isFrozen) && layer.trainingOnly) standIns.set(node.name, inputs[0]);
    else {
      operations.push({
        node,
        covers: [node],
        layer,
        index,
        frozen: isFrozen,
        inputs,
        inputShapes,
        output: node.name,
        fused: {},
      });
    }
  }
  return { operations, output: standingFor(graph.outputs[0]) };
}

/** The operations after every rule for a mode has been applied wherever it can be. */
export function fuse({ operations, output }: Operations, mode: Mode, rules: readonly FusionRule[]): Operations {
  let fused = operations;
  for (const rule of rules.filter(({ modes }) => modes.includes(mode)))
    for (let start = 0; start < fused.length; ) {
      const after = applyAt(rule, fused, start, { mode, output });
      if (after) fused = after;
      else start++;
    }
  return { operations: fused, output };
}

function applyAt(
  rule: FusionRule,
  operations: readonly Operation[],
  start: number,
  { mode, output }: { readonly mode: Mode; readonly output: string },
): readonly Operation[] | undefined {
  const matched = match(rule, operations, start, output);
  const replacements = matched && rule.fuse(matched);
  if (!matched || !replacements) return undefined;
  if (mode === 'training' && replacements.length === 1 && reorders(matched, operations)) return undefined;
  // One that stands for all comes where its last input is there: in the last one's place.
  const places = replacements.length === 1 ? matched.slice(-1) : matched;
  const replaced = new Map(places.map((operation, i) => [operation, replacements[i]]));
  return operations.flatMap((operation) => replaced.get(operation) ?? (matched.includes(operation) ? [] : [operation]));
}

/** Whether operations that run in the place of the last of them would come behind one that reads what they read, or has
 * their module: the gradients of a value are added up in the order of its readers, and running statistics move in that of
 * the uses of a BatchNorm, so that the bits would be others. */
function reorders(matched: readonly Operation[], operations: readonly Operation[]): boolean {
  const [first, last] = [matched[0], matched[matched.length - 1]].map((operation) => operations.indexOf(operation));
  const between = operations.slice(first, last).filter((operation) => !matched.includes(operation));
  return between.some(({ inputs, node }) =>
    matched
      .slice(0, -1)
      .some(
        (moved) =>
          moved.inputs.some((name) => inputs.includes(name)) ||
          (node.module !== undefined && moved.node.module === node.module),
      ),
  );
}

/** The operations of a rule's pattern from one on, each the only reader of the one before it. */
function match(
  { pattern }: FusionRule,
  operations: readonly Operation[],
  start: number,
  output: string,
): Operation[] | undefined {
  const matched: Operation[] = [];
  let next: Operation | undefined = operations[start];
  for (const { accepts, optional = false } of pattern) {
    const isNext: boolean = next !== undefined && accepts(next);
    if (!isNext && !optional) return undefined;
    if (!next || !isNext) continue;
    matched.push(next);
    next = next.output === output ? undefined : onlyReader(operations, next.output);
  }
  return matched;
}

function onlyReader(operations: readonly Operation[], value: string): Operation | undefined {
  const readers = operations.filter(({ inputs }) => inputs.includes(value));
  const [reader] = readers;
  const reads = readers.flatMap(({ inputs }) => inputs.filter((name) => name === value)).length;
  return reads === 1 ? reader : undefined;
}
