import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { PbfReader } from 'pbf';

/** What onnxruntime-web makes of "input", for an ONNX model. */
export async function runOnnx(model: Uint8Array, input: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  try {
    const { output } = await session.run({ input: new Tensor('float32', input, shape) });
    return output.data as Float32Array;
  } finally {
    await session.release();
  }
}

/** A message's fields by their numbers: varints and floats as numbers, all else as bytes. */
type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

const fieldsOf = (bytes: number | Uint8Array): Fields =>
  new PbfReader(bytes as Uint8Array).readFields((tag, fields, reader) => {
    const read = { 0: () => reader.readVarint(), 2: () => reader.readBytes(), 5: () => reader.readFloat() }[
      reader.type
    ];
    if (!read) throw new Error(`a field of wire type ${reader.type}`);
    fields.set(tag, [...(fields.get(tag) ?? []), read()]);
  }, new Map<number, (number | Uint8Array)[]>());

const all = (fields: Fields, tag: number) => fields.get(tag) ?? [];
const messages = (fields: Fields, tag: number) => all(fields, tag).map(fieldsOf);
const texts = (fields: Fields, tag: number) =>
  all(fields, tag).map((bytes) => new TextDecoder().decode(bytes as Uint8Array));

/** An ONNX model as plain values. The numbers are those of onnx.proto. */
export function readOnnx(bytes: Uint8Array) {
  const model = fieldsOf(bytes);
  const [graph] = messages(model, 7);
  const valueInfo = (value: Fields) => {
    const [shape] = messages(messages(messages(value, 2)[0], 1)[0], 2);
    return [...texts(value, 1), ...messages(shape, 1).map((length) => all(length, 1)[0] ?? texts(length, 2)[0])];
  };
  return {
    irVersion: all(model, 1)[0],
    producer: texts(model, 2)[0],
    opsets: messages(model, 8).map((opset) => [...texts(opset, 1), ...all(opset, 2)]),
    metadata: messages(model, 14).map((entry) => [...texts(entry, 1), ...texts(entry, 2)]),
    inputs: messages(graph, 11).map(valueInfo),
    outputs: messages(graph, 12).map(valueInfo),
    nodes: messages(graph, 1).map((node) => ({
      name: texts(node, 3)[0],
      opType: texts(node, 4)[0],
      inputs: texts(node, 1),
      outputs: texts(node, 2),
      attributes: Object.fromEntries(
        messages(node, 5).map((attribute) => [
          texts(attribute, 1)[0],
          [2, 3, 8].map((tag) => attribute.get(tag)).find((value) => value),
        ]),
      ),
    })),
    initializers: messages(graph, 5).map((tensor) => ({
      name: texts(tensor, 8)[0],
      shape: all(tensor, 1),
      data: new Float32Array(new Uint8Array(all(tensor, 9)[0] as Uint8Array).buffer),
    })),
  };
}
