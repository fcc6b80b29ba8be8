import { HeddleError, quote } from '../errors.js';
import { encodeOnnx, type OnnxNode } from '../formats/onnx.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { mapOf, type Named } from '../tensor/named.js';
import { rowMajor, type StoredSource } from '../tensor/view.js';
import { instance, options, required, texts } from '../validate.js';
import { Model } from './model.js';
import type { NamedLayer } from './sequential.js';
import type { StateDict } from './stateDict.js';

export interface OnnxOptions {
  /** Names of the output's classes, in order: the model's metadata has them as a JSON list under "classes". */
  classes?: readonly string[];
  /** More of the model's metadata, such as the mean and std that its inputs are scaled by. */
  metadata?: Named<string>;
}

/**
 * A model in evaluation mode as an ONNX file, opset 17: from "input", float32 [batch, ...inputShape] scaled as for
 * `forward`, to "output", [batch, ...], for any batch. Nodes have the layers' full names, weights those of the state dict.
 * A layer that does nothing in evaluation, such as Dropout, leaves no node.
 *
 * @throws HeddleError ARGUMENT naming a layer that has no form in ONNX, or saying what is wrong with the options; MEMORY
 */
export function exportOnnx(model: Model, given?: OnnxOptions): Uint8Array<ArrayBuffer> {
  const form = 'exportOnnx(model, { classes, metadata })';
  required(form, { model });
  instance('model', model, Model);
  const { classes, metadata } = options(form, given, { classes: undefined, metadata: {} });
  if (classes !== undefined) texts('classes', classes);
  const [outputs] = model.output.shape;
  if (classes && classes.length !== outputs)
    throw new HeddleError(
      'ARGUMENT',
      `expected the names of ${outputs} classes, as many as the network has outputs; found ${classes.length}`,
    );
  const nodes = nodesOf(model.network.layers());
  const named: [string, string][] = classes ? [['classes', JSON.stringify(classes)]] : [];
  return encodeOnnx(
    {
      nodes,
      initializers: initializersOf(nodes, model.stateDict()),
      input: { name: 'input', shape: model.inputShape },
      output: { name: 'output', shape: model.output.shape },
    },
    new Map([...mapOf('metadata', metadata), ...named]),
  );
}

/** From "input" to "output", each node taking what the one before it gives. */
function nodesOf(layers: readonly NamedLayer[]): OnnxNode[] {
  const operators = layers
    .map(({ name, layer }) => ({ name, ...operatorOf(name, layer) }))
    .filter(({ opType }) => opType !== 'Identity');
  // Some node has to make "output" of "input".
  const chain: (OnnxOperator & { name: string })[] =
    operators.length > 0 ? operators : [{ name: 'identity', opType: 'Identity' }];
  const gives = (index: number) => (index === chain.length - 1 ? 'output' : `${chain[index].name}_output`);
  return chain.map(({ name, opType, tensors = [], attributes = {} }, index) => ({
    ...{ name, opType, attributes },
    inputs: [index === 0 ? 'input' : gives(index - 1), ...tensors.map((tensor) => `${name}.${tensor}`)],
    output: gives(index),
  }));
}

function operatorOf(name: string, layer: NamedLayer['layer']): OnnxOperator {
  const operator = layer.onnx?.();
  if (!operator)
    throw new HeddleError(
      'ARGUMENT',
      `layer ${quote(name)}, ${layer.describe()}: expected a layer with a form in ONNX. Give it a method onnx() that ` +
        'returns its operator',
    );
  return operator;
}

/** The tensors that nodes take from the state dict. */
function initializersOf(nodes: readonly OnnxNode[], state: StateDict): Map<string, StoredSource> {
  const names = nodes.flatMap(({ inputs: [, ...tensors] }) => tensors);
  return new Map(
    names.map((name) => {
      const tensor = state.get(name);
      if (!tensor)
        throw new HeddleError('ARGUMENT', `expected only tensors of the state dict from onnx(); found ${quote(name)}`);
      return [name, { shape: tensor.shape, data: rowMajor(tensor) }];
    }),
  );
}
