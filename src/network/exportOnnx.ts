import { HeddleError, quote } from '../errors.js';
import { encodeOnnx, type OnnxNode } from '../formats/onnx.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { type GraphNode, stateName } from '../graph/graph.js';
import type { Layer } from '../layers/layer.js';
import { mapOf, type Named } from '../tensor/named.js';
import { rowMajor, type StoredSource } from '../tensor/view.js';
import { instance, options, required } from '../validate.js';
import { Model } from './model.js';
import { checkClasses } from './predict.js';
import type { StateDict } from './stateDict.js';

export interface OnnxOptions {
  /** Names of the output's classes, in order: the model's metadata has them as a JSON list under "classes". */
  classes?: readonly string[] | undefined;
  /** More of the model's metadata, such as the mean and std that its inputs are scaled by. */
  metadata?: Named<string>;
}

/** A model in evaluation mode as an ONNX file, opset 17: from "input", float32 [batch, ...inputShape] scaled as for
 * `forward`, to "output", [batch, ...], for any batch. Nodes have the layers' full names, weights those of the state dict.
 * A layer that does nothing in evaluation, such as Dropout, leaves no node.
 *
 * @throws HeddleError ARGUMENT naming a layer that has no form in ONNX, or saying what is wrong with the options; MEMORY */
export function exportOnnx(model: Model, given?: OnnxOptions): Uint8Array<ArrayBuffer> {
  const form = 'exportOnnx(model, { classes, metadata })';
  required(form, { model });
  instance('model', model, Model);
  const { classes, metadata } = options(form, given, { classes: undefined, metadata: {} });
  if (classes !== undefined) checkClasses(classes, model.outputShape);
  const nodes = nodesOf(model);
  const named: [string, string][] = classes ? [['classes', JSON.stringify(classes)]] : [];
  return encodeOnnx(
    {
      nodes: nodes.map(({ constants, ...node }) => node),
      initializers: initializersOf(nodes, model.stateDict()),
      input: { name: 'input', shape: model.inputShape },
      output: { name: 'output', shape: model.outputShape },
    },
    new Map([...mapOf('metadata', metadata), ...named]),
  );
}

/** A node, with the tensors that it takes besides values and the state dict's, by their names. */
interface NodeWithConstants extends OnnxNode {
  readonly tensors: readonly string[];
  readonly constants: ReadonlyMap<string, StoredSource>;
}

/** The graph's nodes in ONNX, from "input" to "output"; those that do nothing are left out. */
function nodesOf({ graph, layers }: Model): NodeWithConstants[] {
  const operators = graph.nodes.map((node) => ({
    node,
    operator: operatorOf(node.name, layers.get(node.name) as Layer),
  }));
  /** What stands for the value of a node that is left out. */
  const standIns = new Map<string, string>();
  const standingFor = (name: string) => standIns.get(name) ?? name;
  for (const { node, operator } of operators)
    if (operator.opType === 'Identity') standIns.set(node.name, standingFor(node.inputs[0]));
  const input = graph.inputs[0].name;
  const output = standingFor(graph.outputs[0]);
  const nameOf = (value: string) => (value === output ? 'output' : value === input ? 'input' : `${value}_output`);
  // Some node has to make "output" of "input".
  if (output === input)
    return [
      {
        name: 'identity',
        opType: 'Identity',
        attributes: {},
        inputs: ['input'],
        output: 'output',
        tensors: [],
        constants: new Map(),
      },
    ];
  return operators
    .filter(({ operator }) => operator.opType !== 'Identity')
    .flatMap(({ node, operator }) => {
      const inputs = node.inputs.map((input) => nameOf(standingFor(input)));
      return nodesOfLayer(node, operator, inputs, nameOf(node.name));
    });
}

/** A layer's operator and those that it takes, each behind what it takes and once. */
function nodesOfLayer(
  { name: layer, module = layer }: GraphNode,
  operator: OnnxOperator,
  inputs: readonly string[],
  output: string,
): NodeWithConstants[] {
  const nodes: NodeWithConstants[] = [];
  const outputs = new Map<OnnxOperator, string>();
  let count = 0;
  const outputOf = (taken: OnnxOperator) => outputs.get(taken) ?? write(taken, `${layer}.${taken.opType}${count++}`);
  const write = (operator: OnnxOperator, name: string, output = `${name}_output`): string => {
    const { opType, attributes = {}, tensors = [], constants = [] } = operator;
    const values = operator.inputs?.map((taken) => (taken === 'input' ? inputs[0] : outputOf(taken))) ?? inputs;
    const ofState = tensors.map((tensor) => stateName(module, tensor));
    const ownConstants = new Map(constants.map((constant, i) => [`${name}.constant${i}`, constant]));
    const taken = [...values, ...ofState, ...ownConstants.keys()];
    nodes.push({ name, opType, attributes, inputs: taken, output, tensors: ofState, constants: ownConstants });
    outputs.set(operator, output);
    return output;
  };
  write(operator, layer, output);
  return nodes;
}

function operatorOf(name: string, layer: Layer): OnnxOperator {
  const operator = layer.onnx?.();
  if (!operator)
    throw new HeddleError(
      'ARGUMENT',
      `layer ${quote(name)}, ${layer.describe()}: expected a layer with a form in ONNX. Give it a method onnx() that ` +
        'returns its operator',
    );
  return operator;
}

/** The tensors that nodes take from the state dict, or bring along. */
function initializersOf(nodes: readonly NodeWithConstants[], state: StateDict): Map<string, StoredSource> {
  const initializers = new Map<string, StoredSource>();
  for (const { tensors, constants } of nodes) {
    for (const name of tensors) {
      const tensor = state.get(name);
      if (!tensor)
        throw new HeddleError('ARGUMENT', `expected only tensors of the state dict from onnx(); found ${quote(name)}`);
      initializers.set(name, { shape: tensor.shape, data: rowMajor(tensor) });
    }
    for (const [name, constant] of constants) initializers.set(name, constant);
  }
  return initializers;
}
