import { HeddleError, quote } from '../errors.js';
import { encodeOnnx, type OnnxNode } from '../formats/onnx.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { type GraphNode, stateName } from '../graph/graph.js';
import type { Layer } from '../layers/layer.js';
import { mapOf, type Named } from '../tensor/named.js';
import type { Shape } from '../tensor/shape.js';
import { rowMajor, type StoredSource } from '../tensor/view.js';
import { instance, options, required } from '../validate.js';
import { Model } from './model.js';
import { descriptionDefaults, descriptionTexts, type ModelDescription } from './modelDescription.js';
import type { StateDict } from './stateDict.js';

export interface OnnxOptions extends Omit<ModelDescription, 'graph'> {
  /** More free-form texts by name. */
  readonly metadata?: Named<string>;
}

/** A model in evaluation mode as an ONNX file, opset 17: from "input", float32 [batch, ...inputShape] scaled as for
 * `forward`, to "output", [batch, ...], for any batch. Nodes have the layers' full names, weights those of the state dict.
 * A layer that does nothing in evaluation, such as Dropout, leaves no node. The metadata say of the model what its own file
 * would, in the same words: "classes", "mean", "std", "transform" and so on.
 *
 * @param given what `loadModel` gave besides the model, or any of it
 * @throws HeddleError ARGUMENT naming a layer that has no form in ONNX, or saying what is wrong with the options; MEMORY */
export function exportOnnx(model: Model, given?: OnnxOptions): Uint8Array<ArrayBuffer> {
  const form = 'exportOnnx(model, { classes, normalization, transform, metadata })';
  required(form, { model });
  instance('model', model, Model);
  const { metadata, ...description } = options(form, given, descriptionDefaults);
  const texts = descriptionTexts(model, description);
  const nodes = nodesOf(model);
  return encodeOnnx(
    {
      nodes: nodes.map(({ tensors, ...node }) => node),
      initializers: initializersOf(nodes, model.stateDict()),
      input: { name: 'input', shape: model.inputShape },
      output: { name: 'output', shape: model.outputShape },
    },
    new Map([...mapOf('metadata', metadata), ...texts]),
  );
}

/** A node, with the tensors that it takes besides values, by their names: of those of the state dict undefined. */
interface NodeWithTensors extends OnnxNode {
  readonly tensors: ReadonlyMap<string, StoredSource | undefined>;
}

/** The graph's nodes in ONNX, from "input" to "output"; those that do nothing are left out. */
function nodesOf({ graph, layers, shapes }: Model): NodeWithTensors[] {
  const all = graph.nodes.map((node) => {
    const inputs = node.inputs.map((name) => shapes.get(name) as Shape);
    return { node, operators: operatorsOf(node.name, layers.get(node.name) as Layer, inputs) };
  });
  const nothing = ({ operators: [{ opType }] }: (typeof all)[number]) => opType === 'Identity';
  /** What stands for the value of a node that is left out. */
  const standIns = new Map<string, string>();
  const standingFor = (name: string) => standIns.get(name) ?? name;
  for (const each of all) if (nothing(each)) standIns.set(each.node.name, standingFor(each.node.inputs[0]));
  const input = graph.inputs[0].name;
  const output = standingFor(graph.outputs[0]);
  const nameOf = (value: string) => {
    const name = standingFor(value);
    return name === output ? 'output' : name === input ? 'input' : outputOf(name);
  };
  // Some node has to make "output" of "input".
  if (output === input)
    return [
      {
        name: 'identity',
        opType: 'Identity',
        attributes: {},
        inputs: ['input'],
        output: 'output',
        tensors: new Map(),
      },
    ];
  return all.filter((each) => !nothing(each)).flatMap(({ node, operators }) => chain(node, operators, nameOf));
}

const outputOf = (name: string) => `${name}_output`;

/** A layer's operators, one behind the other, of which the last has the layer's name. */
function chain(
  { name, module = name, inputs }: GraphNode,
  operators: readonly OnnxOperator[],
  nameOf: (value: string) => string,
): NodeWithTensors[] {
  const given = inputs.map(nameOf);
  const nameAt = (place: number) => (place === operators.length - 1 ? name : `${name}/${place}`);
  return operators.map(({ opType, withInput = false, attributes = {}, tensors = [], constants = [] }, place) => {
    const before = place === 0 ? given : [outputOf(nameAt(place - 1))];
    const again = withInput ? given.slice(0, 1) : [];
    const own = nameAt(place);
    const named = [...tensors, ...constants].map((tensor, i): [string, StoredSource | undefined] =>
      typeof tensor === 'string' ? [stateName(module, tensor), undefined] : [`${own}.constant${i}`, tensor],
    );
    const taken = new Map(named);
    return {
      name: own,
      opType,
      attributes,
      inputs: [...before, ...again, ...taken.keys()],
      output: own === name ? nameOf(name) : outputOf(own),
      tensors: taken,
    };
  });
}

function operatorsOf(name: string, layer: Layer, inputs: readonly Shape[]): readonly OnnxOperator[] {
  const operators = [layer.onnx?.(...inputs) ?? []].flat();
  if (operators.length === 0)
    throw new HeddleError(
      'ARGUMENT',
      `layer ${quote(name)}, ${layer.describe()}: expected a layer with a form in ONNX. Give it a method onnx() that ` +
        'returns its operator',
    );
  return operators;
}

/** The tensors that nodes take from the state dict, or bring along. */
function initializersOf(nodes: readonly NodeWithTensors[], state: StateDict): Map<string, StoredSource> {
  const initializers = new Map<string, StoredSource>();
  for (const [name, own] of nodes.flatMap(({ tensors }) => [...tensors])) {
    const tensor = own ?? state.get(name);
    if (!tensor)
      throw new HeddleError('ARGUMENT', `expected only tensors of the state dict from onnx(); found ${quote(name)}`);
    initializers.set(name, own ?? { shape: tensor.shape, data: rowMajor(tensor) });
  }
  return initializers;
}
