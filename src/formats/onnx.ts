/*
 * The ONNX format, after github.com/onnx/onnx: onnx/onnx.proto for messages and field numbers, docs/IR.md for what they
 * mean. It is Protocol Buffers; raw tensor data is little-endian, and so must the machine be.
 */
import type { PbfWriter } from 'pbf';
import { HeddleError, quote } from '../errors.js';
import { allocate } from '../tensor/allocate.js';
import type { Shape } from '../tensor/shape.js';
import type { StoredSource } from '../tensor/view.js';
import type { OnnxAttribute } from './onnxOperator.js';
import { ProtobufWriter } from './protobufWriter.js';

/** ONNX 1.12's pair of versions (docs/Versioning.md): what reads this opset knows this format. */
const OPSET_VERSION = 17;
const IR_VERSION = 8;

/** TensorProto.DataType. */
const dataType = { float: 1, int64: 7 };
/** AttributeProto.AttributeType. */
const attributeType = { float: 1, int: 2, string: 3, ints: 7 };

/** A float32 tensor that a graph takes or gives: [batch, ...shape], for any batch. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: Shape;
}

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  /** Names of the graph's input, of initializers, or of other nodes' outputs. */
  readonly inputs: readonly string[];
  readonly output: string;
}

/** Nodes in the order of their evaluation, with the tensors that they take besides each other's outputs. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, StoredSource>;
  readonly input: OnnxValue;
  readonly output: OnnxValue;
}

/** Writes a graph as an ONNX model, with free-form metadata.
 * @throws HeddleError ARGUMENT for metadata that is no string; MEMORY if the engine refuses the bytes */
export function encodeOnnx(graph: OnnxGraph, metadata: ReadonlyMap<string, string>): Uint8Array<ArrayBuffer> {
  for (const [key, value] of metadata)
    if (typeof value !== 'string')
      throw new HeddleError('ARGUMENT', `metadata ${quote(key)}: expected a string; found ${typeof value}`);
  return allocate('the ONNX model', () => {
    const writer = new ProtobufWriter();
    writeModel(graph, metadata, writer);
    return writer.finish().slice();
  });
}

function writeModel(graph: OnnxGraph, metadata: ReadonlyMap<string, string>, model: PbfWriter): void {
  const field = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8, metadataProps: 14 };
  model.writeVarintField(field.irVersion, IR_VERSION);
  model.writeStringField(field.producerName, 'heddle');
  model.writeMessage(field.opsetImport, writeOperatorSet, OPSET_VERSION);
  model.writeMessage(field.graph, writeGraph, graph);
  for (const entry of metadata) model.writeMessage(field.metadataProps, writeEntry, entry);
}

function writeOperatorSet(version: number, operatorSet: PbfWriter): void {
  const field = { domain: 1, version: 2 };
  operatorSet.writeStringField(field.domain, '');
  operatorSet.writeVarintField(field.version, version);
}

function writeEntry([key, value]: [string, string], entry: PbfWriter): void {
  const field = { key: 1, value: 2 };
  entry.writeStringField(field.key, key);
  entry.writeStringField(field.value, value);
}

function writeGraph({ nodes, initializers, input, output }: OnnxGraph, graph: PbfWriter): void {
  const field = { nodes: 1, name: 2, initializers: 5, inputs: 11, outputs: 12 };
  for (const node of nodes) graph.writeMessage(field.nodes, writeNode, node);
  graph.writeStringField(field.name, 'network');
  for (const initializer of initializers) graph.writeMessage(field.initializers, writeTensor, initializer);
  graph.writeMessage(field.inputs, writeValueInfo, input);
  graph.writeMessage(field.outputs, writeValueInfo, output);
}

function writeNode({ name, opType, attributes, inputs, output }: OnnxNode, node: PbfWriter): void {
  const field = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 };
  for (const input of inputs) node.writeStringField(field.input, input);
  node.writeStringField(field.output, output);
  node.writeStringField(field.name, name);
  node.writeStringField(field.opType, opType);
  for (const entry of Object.entries(attributes)) node.writeMessage(field.attribute, writeAttribute, entry);
}

function writeAttribute([name, value]: [string, OnnxAttribute], attribute: PbfWriter): void {
  const field = { name: 1, float: 2, int: 3, string: 4, ints: 8, type: 20 };
  attribute.writeStringField(field.name, name);
  if ('float' in value) {
    attribute.writeFloatField(field.float, value.float);
    attribute.writeVarintField(field.type, attributeType.float);
  } else if ('int' in value) {
    attribute.writeVarintField(field.int, value.int);
    attribute.writeVarintField(field.type, attributeType.int);
  } else if ('string' in value) {
    attribute.writeStringField(field.string, value.string);
    attribute.writeVarintField(field.type, attributeType.string);
  } else {
    for (const int of value.ints) attribute.writeVarintField(field.ints, int);
    attribute.writeVarintField(field.type, attributeType.ints);
  }
}

function writeTensor([name, { shape, data }]: [string, StoredSource], tensor: PbfWriter): void {
  const field = { dims: 1, dataType: 2, name: 8, rawData: 9 };
  for (const length of shape) tensor.writeVarintField(field.dims, length);
  tensor.writeVarintField(field.dataType, data instanceof Float32Array ? dataType.float : dataType.int64);
  tensor.writeStringField(field.name, name);
  tensor.writeBytesField(field.rawData, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValueInfo({ name, shape }: OnnxValue, valueInfo: PbfWriter): void {
  const field = { name: 1, type: 2 };
  valueInfo.writeStringField(field.name, name);
  valueInfo.writeMessage(field.type, (lengths, type) => type.writeMessage(1, writeTensorType, lengths), shape);
}

function writeTensorType(shape: Shape, tensorType: PbfWriter): void {
  const field = { elementType: 1, shape: 2 };
  tensorType.writeVarintField(field.elementType, dataType.float);
  tensorType.writeMessage(field.shape, writeShape, shape);
}

function writeShape(lengths: Shape, shape: PbfWriter): void {
  for (const length of ['batch', ...lengths]) shape.writeMessage(1, writeDimension, length);
}

function writeDimension(length: number | string, dimension: PbfWriter): void {
  const field = { value: 1, parameter: 2 };
  if (typeof length === 'number') dimension.writeVarintField(field.value, length);
  else dimension.writeStringField(field.parameter, length);
}
