import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import ndarray from 'ndarray';
import { checkGraph } from '../benchmarks/checks/fuzz/graph.js';
import { checkIdx } from '../benchmarks/checks/fuzz/idx.js';
import { checkNpy } from '../benchmarks/checks/fuzz/npy.js';
import { Random } from '../benchmarks/checks/fuzz/random.js';
import { outcomeOf } from '../benchmarks/checks/fuzz/reader.js';
import { readers } from '../benchmarks/checks/fuzz/readers.js';
import { checkSafetensors, safetensorsFile } from '../benchmarks/checks/fuzz/safetensors.js';
import { decodeNpy, encodeNpy } from '../src/formats/npy.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../src/formats/safetensors.js';

// A short turn of what `npm run fuzz` does for hours, and files that fast-check makes up. A check throws where a reader
// took what it should refuse, refused what it should take, or read something else than is there.

describe('damaged files of every kind are read right or refused with a code of the reader', () => {
  it.each(readers)('$name, 500 of them', async ({ prepare, codes }) => {
    const outcomes = new Set<string>();
    const property = fc.asyncProperty(fc.nat(), fc.nat(), async (seed, input) => {
      outcomes.add(await outcomeOf(prepare(new Random(seed, input)), codes));
    });
    await fc.assert(property, { numRuns: 500 });
    expect([...outcomes].sort()).toEqual(['read', ...codes].sort());
  });
});

describe('arbitrary bytes and values end in FORMAT or ARGUMENT, or are what they are read as', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  const magic = fc.constantFrom(
    [],
    [0x1f, 0x8b],
    [0x1f, 0x8b, 8, 0],
    [0, 0, 8, 1],
    [0, 0, 8, 3],
    [0, 0, 8, 3, 0, 0, 0],
  );

  it('IDX and gzip', () =>
    fc.assert(
      fc.asyncProperty(magic, bytes, fc.constantFrom(1 as const, 3 as const), async (start, rest, dimensions) => {
        await outcomeOf(() => checkIdx(Uint8Array.of(...start, ...rest), dimensions), ['FORMAT']);
      }),
      { numRuns: 500 },
    ));

  it('safetensors', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          bytes,
          fc.json().map((text) => safetensorsFile(text, new Uint8Array(0))),
        ),
        async (file) => {
          await outcomeOf(() => checkSafetensors(file, undefined), ['FORMAT']);
        },
      ),
      { numRuns: 1000 },
    ));

  it('npy', () => {
    const part = fc.constantFrom(
      "'descr':",
      "'<f4'",
      "'fortran_order':",
      'False',
      "'shape':",
      '(2,)',
      ',',
      '{',
      '}',
      ' ',
    );
    const header = fc.array(part, { maxLength: 15 }).map((parts) => parts.join(''));
    const file = fc.tuple(header, bytes).map(([text, rest]) => {
      const start = [...Buffer.from('\x93NUMPY\x01\x00', 'latin1'), text.length, 0];
      return Uint8Array.of(...start, ...Buffer.from(text), ...rest);
    });
    const property = fc.asyncProperty(fc.oneof(bytes, file), async (input) => {
      await outcomeOf(() => checkNpy(input, undefined, undefined), ['FORMAT']);
    });
    return fc.assert(property, { numRuns: 1000 });
  });

  it('graphs of networks', () =>
    fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (value, list) => {
        const graph = {
          version: 1,
          inputs: [{ name: 'x', shape: [3] }],
          nodes: [],
          outputs: ['x'],
          modules: [{ path: '', type: 'Sequential' }],
        };
        const node = { name: 'y', type: 'Linear', arguments: list, inputs: ['x'] };
        for (const wrong of [
          value,
          { ...graph, modules: list },
          { ...graph, nodes: [value] },
          { ...graph, nodes: [node] },
        ])
          await outcomeOf(() => checkGraph(wrong, undefined), ['ARGUMENT', 'SHAPE']);
      }),
      { numRuns: 1000 },
    ));
});

describe('what is written is read again', () => {
  it('safetensors of any names, shapes, bits and metadata', () => {
    const names = fc.string({ unit: 'binary' }).filter((name) => name !== '__proto__' && name !== '__metadata__');
    const tensor = fc
      .tuple(fc.array(fc.nat(3), { maxLength: 4 }), fc.boolean(), fc.infiniteStream(fc.nat(255)))
      .map(([shape, wide, noise]): StoredTensor => {
        const length = shape.reduce((product, size) => product * size, 1);
        const { buffer } = Uint8Array.from(noise.take(length * (wide ? 8 : 4)));
        return { shape, data: wide ? new BigInt64Array(buffer) : new Float32Array(buffer) };
      });
    const tensors = fc.array(fc.tuple(names, tensor), { maxLength: 5 }).map((entries) => new Map(entries));
    const property = fc.property(tensors, fc.array(fc.tuple(names, fc.string({ unit: 'binary' }))), (state, pairs) => {
      const encoded = encodeSafetensors(state, Object.fromEntries(pairs));
      checkSafetensors(encoded, true);
      const decoded = decodeSafetensors(encoded);
      expect(decoded.tensors).toEqual(state);
      expect(decoded.metadata).toEqual(new Map(pairs));
      expect(encodeSafetensors(decoded.tensors, Object.fromEntries(decoded.metadata))).toEqual(encoded);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('npy of any view, its axes in any order, backwards and with steps', () => {
    const axes = fc.array(fc.tuple(fc.nat(4), fc.constantFrom(1, 2, -1, -2)), { maxLength: 4 });
    const views = fc.tuple(axes, fc.boolean(), fc.infiniteStream(fc.nat(255))).chain(([axes, wide, noise]) => {
      const shape = axes.map(([length]) => length);
      const { buffer } = Uint8Array.from(noise.take(shape.reduce((size, length) => size * length, wide ? 8 : 4)));
      const view = ndarray(wide ? new BigInt64Array(buffer) : new Float32Array(buffer), shape);
      const steps = axes.map(([, step]) => step);
      const orders = fc.shuffledSubarray([...axes.keys()], { minLength: axes.length });
      return orders.map((order) => view.step(...steps).transpose(...order));
    });
    const property = fc.property(views, (view) => {
      const found = decodeNpy(encodeNpy(view));
      expect(found.shape).toEqual(view.shape);
      const places = found.shape.reduce<number[][]>(
        (before, length) => before.flatMap((place) => Array.from({ length }, (_, i) => [...place, i])),
        [[]],
      );
      for (const place of places) expect(found.get(...place)).toBe(view.get(...place));
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('IDX of any images, plain and in members of gzip', async () => {
    const sizes = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
    );
    const property = fc.asyncProperty(sizes, fc.infiniteStream(fc.nat(255)), fc.nat(100), async (shape, noise, cut) => {
      const header = [0, 0, 8, 3, ...shape.flatMap((size) => [0, 0, 0, size])];
      const file = Uint8Array.of(...header, ...noise.take(shape.reduce((product, size) => product * size)));
      const members = [file.subarray(0, cut), file.subarray(cut)].map((part) => gzipSync(part));
      expect(await outcomeOf(() => checkIdx(file, 3), [])).toBe('read');
      expect(await outcomeOf(() => checkIdx(new Uint8Array(Buffer.concat(members)), 3), [])).toBe('read');
    });
    await fc.assert(property, { numRuns: 200 });
  });
});
