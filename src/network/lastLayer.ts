import type { Graph } from '../graph/graph.js';
import { firstName, splitName } from './names.js';

/** The path of the layer whose weights make a network's output: the last one that has some, where one value leads from it to
 * the output. Undefined where values from several layers meet behind their weights.
 *
 * @param names of the tensors of a state dict */
export function lastLayer(
  graph: Pick<Graph, 'modules' | 'nodes' | 'outputs'>,
  names: Iterable<string>,
): string | undefined {
  const owners = new Set([...names].map((name) => splitName(firstName(graph, name)).path));
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  let node = nodes.get(graph.outputs[0]);
  while (node && !(node.module !== undefined && owners.has(node.module)))
    node = node.inputs.length === 1 ? nodes.get(node.inputs[0]) : undefined;
  return node?.module;
}
