import { HeddleError, quote } from '../errors.js';
import type { Graph, GraphNode } from '../graph/graph.js';
import { mapOf, type Named } from '../tensor/named.js';
import type { Shape } from '../tensor/shape.js';
import type { TensorSource, TensorView } from '../tensor/view.js';
import { instance, required } from '../validate.js';
import { lastLayer } from './lastLayer.js';
import { layersOf, shapesOf } from './layersOf.js';
import { Model } from './model.js';
import { firstName, splitName } from './names.js';
import { readGraph } from './readGraph.js';

/** What became of a model's tensors, by their names. */
export interface TransferredWeights {
  readonly loaded: readonly string[];
  /** Those of the last layer, where it is for another number of classes: they have their initial values. */
  readonly initial: readonly string[];
}

/** Loads weights to start a training from: all of a state dict, as `loadStateDict` does, but for those of the last layer where
 * that has another number of outputs.
 *
 * @param model such as `trainer.model`, before its first step
 * @param state by name, in a Map or an object, as `stateDict` and the tensors that `loadSafetensors` gives
 * @throws HeddleError STATE_DICT naming all else that is missing, unexpected or does not fit; ARGUMENT; nothing is copied then */
export function transferWeights(model: Model, state: Named<TensorSource>): TransferredWeights {
  required('transferWeights(model, state)', { model, state });
  instance('model', model, Model);
  const tensors = mapOf('the state dict', state);
  const own = model.stateDict();
  const last = lastLayer(model.graph, own.keys());
  const head = [...own].filter(([name]) => splitName(firstName(model.graph, name)).path === last);
  const isOfOthers = head.length > 0 && head.every(([name, tensor]) => hasOtherOutputs(tensors.get(name), tensor));
  const initial = isOfOthers ? head : [];
  model.loadStateDict(new Map([...tensors, ...initial]));
  const isInitial = new Set(initial.map(([name]) => name));
  return {
    loaded: [...own.keys()].filter((name) => tensors.has(name) && !isInitial.has(name)),
    initial: [...isInitial],
  };
}

/** Whether a weight or a bias has another shape than the model's in its first length alone, the number of outputs. */
const hasOtherOutputs = (found: TensorSource | undefined, { shape: [outputs, ...rest] }: TensorView) =>
  Array.isArray(found?.shape) &&
  found.shape.length === rest.length + 1 &&
  found.shape[0] !== outputs &&
  rest.every((length, axis) => found.shape[axis + 1] === length);

/** Layers that have their number of outputs as the second of their arguments. */
const withOutputs = ['Linear', 'Conv2d'];

/** The graph of the same network for inputs of another shape, and with as many outputs of its last layer as there are classes.
 *
 * @param state of the network, in a Map or an object by name
 * @throws HeddleError ARGUMENT when that layer is no Linear and no Conv2d; SHAPE naming a layer that does not take such inputs */
export function graphFor(
  graph: Graph,
  state: Named<unknown>,
  { inputShape, numClasses }: { readonly inputShape: Shape; readonly numClasses: number },
): Graph {
  const inputs = [{ name: graph.inputs[0].name, shape: inputShape }];
  const sized = readGraph({ ...graph, inputs });
  const [outputs] = shapesOf(sized, layersOf(sized)).get(sized.outputs[0]) as Shape;
  if (outputs === numClasses) return sized;
  const last = lastLayer(graph, mapOf('the state dict', state).keys());
  const nodes = sized.nodes.map((node) => (node.module === last ? nodeWith(node, numClasses) : node));
  if (last !== undefined) return readGraph({ ...sized, nodes });
  throw new HeddleError('ARGUMENT', `the network has no last layer of its own that could get ${numClasses} outputs`);
}

function nodeWith(node: GraphNode, numClasses: number): GraphNode {
  const { type, module, arguments: settings } = node;
  if (withOutputs.includes(type)) return { ...node, arguments: settings.with(1, numClasses) };
  throw new HeddleError(
    'ARGUMENT',
    `the last layer, ${quote(module ?? '')}, a ${type}: expected a Linear or a Conv2d, which could get ${numClasses} outputs`,
  );
}
