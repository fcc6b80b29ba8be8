import { describe, expect, it } from '@jest/globals';
import { decodeImage } from '../../src/data/decode/decodeImage.js';
import { decodeCheckpoint } from '../../src/formats/checkpoint.js';
import { decodeNpy, encodeNpy } from '../../src/formats/npy.js';
import { encodeOnnx } from '../../src/formats/onnx.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.js';
import { thrown } from '../support/thrown.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');
/** A ZIP archive's start, with the name of its first file. */
const zip = (name: string) =>
  Buffer.concat([bytes(`PK\x03\x04${'\0'.repeat(22)}`), Buffer.of(name.length, 0, 0, 0), bytes(`${name}content`)]);
const node = { name: 'n', opType: 'Relu', attributes: {}, inputs: ['input'], output: 'output' };
const value = (name: string) => ({ name, shape: [1] });
const onnx = encodeOnnx(
  { nodes: [node], initializers: new Map(), input: value('input'), output: value('output') },
  new Map(),
);

const mixedUp: [string, Uint8Array, RegExp][] = [
  [
    'a git-LFS pointer',
    bytes('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n'),
    /run git lfs pull/,
  ],
  ['a PyTorch file', zip('archive/data.pkl'), /save_file\(torch\.load\('model\.pt', weights_only=True\)/],
  ['a PyTorch file', zip('resnet18-v1/data.pkl'), /Convert it in Python/],
  ['a Python pickle', bytes('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'), /Convert it in Python/],
  ['a Python pickle', bytes('\x80\x04\x95\x10\0\0\0\0\0\0\0}'), /Convert it in Python/],
  ['a NumPy .npz archive', zip('arr_0.npy'), /Unpack it/],
  ['a ZIP archive', zip('readme.txt'), /Unpack it first/],
  ['a web page', bytes('<!DOCTYPE html>\n<html>'), /take the link that downloads/],
  ['a web page', bytes('\xef\xbb\xbf\n <html lang="en">'), /take the link that downloads/],
  ['an HDF5 file', bytes('\x89HDF\r\n\x1a\n\0\0\0\0'), /Save the weights as safetensors/],
  ['a GGUF file', bytes('GGUF\x03\0\0\0'), /Save the weights as safetensors/],
  ['an ONNX model', onnx, /Save the weights as safetensors/],
  ['gzip data', bytes('\x1f\x8b\x08\0\0\0\0\0'), /gunzip/],
  ['an IDX file', bytes('\0\0\x08\x03\0\0\0\x01'), /readIdx/],
  ['a JSON text', bytes('{"metadata": {}, "weight_map": {}}'), /right file/],
];
const others = {
  npy: encodeNpy({ shape: [1], data: Float32Array.of(1) }),
  safetensors: encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } }),
  png: bytes('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR'),
};

describe('a file of another kind is called what it is, with what to do, and not to be downloaded again', () => {
  const readers: [string, (file: Uint8Array) => unknown, [string, Uint8Array, RegExp][]][] = [
    [
      'safetensors',
      (file) => decodeSafetensors(file, 'x'),
      [
        ['a NumPy .npy array', others.npy, /decodeNpy/],
        ['a PNG image', others.png, /right file/],
      ],
    ],
    ['checkpoint', (file) => decodeCheckpoint(file, 'x'), [['a NumPy .npy array', others.npy, /decodeNpy/]]],
    ['.npy', (file) => decodeNpy(file, 'x'), [['a safetensors file', others.safetensors, /loadSafetensors/]]],
    ['image', (file) => decodeImage(file, 'x'), [['a safetensors file', others.safetensors, /loadSafetensors/]]],
  ];
  const cases = readers.flatMap(([reader, read, more]) =>
    [...mixedUp, ...more].map(([kind, file, advice]) => ({ reader, kind, read, file, advice })),
  );

  it.each(cases)('$kind given as $reader', ({ kind, read, file, advice }) => {
    const error = thrown(() => read(file));
    expect(error).toMatch(/^FORMAT: x: expected an? [^;\n]+; found [^\n]+$/);
    expect(error).toContain(`found ${kind}`);
    expect(error).toMatch(advice);
    expect(error).not.toContain('download it again');
  });
});

it('a safetensors file whose header has a length that looks like a pickle’s start is one', () => {
  // 640 is 80 02 in hexadecimal, the lower byte first.
  const note = 'x'.repeat(640 - '{"__metadata__":{"note":""}}'.length);
  const file = encodeSafetensors({}, { note });
  expect([file[0], file[1]]).toEqual([0x80, 0x02]);
  expect(decodeSafetensors(file).metadata.get('note')).toBe(note);
});
