import { expect, it } from '@jest/globals';
import { encodeOnnx } from '../../src/formats/onnx.js';
import { readOnnx, runOnnx } from '../support/onnx.js';

it('onnxruntime-web adds an int64 initializer up to 2^40, cast, and a float32 one to its input', async () => {
  const graph = {
    nodes: [
      { name: 'cast', opType: 'Cast', attributes: { to: { int: 1 } }, inputs: ['counts'], output: 'floats' },
      { name: 'first', opType: 'Add', attributes: {}, inputs: ['input', 'floats'], output: 'sum' },
      { name: 'second', opType: 'Add', attributes: {}, inputs: ['sum', 'half'], output: 'output' },
    ],
    initializers: new Map([
      ['counts', { shape: [3], data: new BigInt64Array([-5n, 7n, 2n ** 40n]) }],
      ['half', { shape: [], data: new Float32Array([0.5]) }],
    ]),
    input: { name: 'input', shape: [3] },
    output: { name: 'output', shape: [3] },
  };
  const found = await runOnnx(encodeOnnx(graph, new Map()), new Float32Array([1, 2, 0, 10, 20, 30]), [2, 3]);
  expect([...found]).toEqual([-3.5, 9.5, 2 ** 40, 5.5, 27.5, 2 ** 40]);
});

it('names and metadata have the characters that were given, also those behind U+FFFF in every plane', () => {
  const text = Array.from({ length: 17 }, (_, plane) => String.fromCodePoint(0x10000 * plane + 0x345)).join('');
  const value = { name: text, shape: [1] };
  const file = encodeOnnx({ nodes: [], initializers: new Map(), input: value, output: value }, new Map([[text, text]]));
  const { metadata, inputs } = readOnnx(file);
  expect([metadata, inputs]).toEqual([[[text, text]], [[text, 'batch', 1]]]);
});
