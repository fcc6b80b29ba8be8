import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import type { Layer } from '../layers/layer.js';
import { checkType, createLayer } from '../layers/registry.js';
import type { Shape } from '../tensor/shape.js';
import { outputShapeOf, trace } from './trace.js';

/** The layers of a graph's nodes, by their names, made by what is registered under their types. @throws HeddleError ARGUMENT */
export const layersOf = (graph: Graph): ReadonlyMap<string, Layer> =>
  new Map(graph.nodes.map((node) => [node.name, createLayer(node.type, node.arguments)]));

/** A network's graph, for another thread. @throws HeddleError as trace; ARGUMENT for a layer that could not be made there */
export function portableGraph(network: Module, inputShape: Shape): Graph {
  const { graph, layers } = trace(network, inputShape);
  for (const [name, layer] of layers) checkType(name, layer);
  return graph;
}

/** The shapes of a graph's values, by their names. @throws HeddleError SHAPE naming the layer that does not take its input */
export function shapesOf(graph: Graph, layers: ReadonlyMap<string, Layer>): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>(graph.inputs.map(({ name, shape }) => [name, shape]));
  for (const { name, inputs } of graph.nodes) {
    const taken = inputs.map((input) => shapes.get(input) as Shape);
    shapes.set(name, outputShapeOf(name, layers.get(name) as Layer, taken));
  }
  return shapes;
}
