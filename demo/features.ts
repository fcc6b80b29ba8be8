import type { Graph, GraphNode } from '../src/graph/graph.js';
import { Model } from '../src/network/model.js';
import type { StateDict } from '../src/network/stateDict.js';
import type { Shape } from '../src/tensor/shape.js';
import { rowMajor } from '../src/tensor/view.js';

/** What a convolution makes of a picture, behind the activation that follows it. */
export interface Feature {
  readonly name: string;
  /** [channels, height, width] */
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
}

/** The most convolutions that are looked into. */
const MOST = 8;

/** Looks into a network's convolutions: each by a model of what stands before it. */
export function featuresOf(graph: Graph): (input: Float32Array, weights: StateDict) => Feature[] {
  const convolutions = graph.nodes.filter(({ type }) => type === 'Conv2d').slice(0, MOST);
  const models = convolutions.map(({ name }) => {
    const end = endOf(graph, name);
    const model = new Model(partOf(graph, end.name), { batchSize: 1, shards: 1 }).eval();
    return { name: end.name === name ? name : `${name}, ${end.type}`, model };
  });
  return (input, weights) =>
    models.map(({ name, model }) => {
      model.loadStateDict(weights, { strict: false });
      return { name, shape: model.outputShape, values: rowMajor(model.forward(input)) };
    });
}

/** The activation that alone takes what a convolution gives, else the convolution. */
function endOf({ nodes }: Graph, convolution: string): GraphNode {
  const readers = nodes.filter(({ inputs }) => inputs.includes(convolution));
  const own = nodes.find(({ name }) => name === convolution) as GraphNode;
  return readers.length === 1 && isActivation(readers[0]) ? readers[0] : own;
}

const isActivation = ({ type }: GraphNode) => ['ReLU', 'ReLU6', 'LeakyReLU', 'SiLU', 'Hardswish'].includes(type);

/** The network as far as a node. */
function partOf(graph: Graph, name: string): Graph {
  const end = graph.nodes.findIndex((node) => node.name === name);
  return { ...graph, nodes: graph.nodes.slice(0, end + 1), outputs: [name] };
}
