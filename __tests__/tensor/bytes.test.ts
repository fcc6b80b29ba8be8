import { expect, it } from '@jest/globals';
import { bytesOf } from '../../src/tensor/bytes.js';
import { thrown } from '../support/thrown.js';

it.each<[string, (bytes: Uint8Array<ArrayBuffer>) => ArrayBufferLike | ArrayBufferView]>([
  ['a Uint8Array', (bytes) => bytes],
  ['a Buffer', (bytes) => Buffer.from(bytes)],
  ['an ArrayBuffer', ({ buffer }) => buffer],
  ['a DataView', ({ buffer }) => new DataView(buffer)],
  ['a view of wider numbers', ({ buffer }) => new Uint16Array(buffer)],
])('the bytes of %s are those that it has', (_, make) => {
  expect([...bytesOf('it', make(Uint8Array.of(1, 2, 3, 4)))]).toEqual([1, 2, 3, 4]);
});

it('a part of a buffer is that part alone', () => {
  expect([...bytesOf('it', new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2))]).toEqual([2, 3]);
});

it('shared memory is copied, so that nobody writes to it between a check and what relies on it', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(7);
  const copies = [bytesOf('it', shared.buffer), bytesOf('it', shared), bytesOf('it', new DataView(shared.buffer))];
  shared.fill(0);
  expect(copies.map((copy) => [...copy])).toEqual(Array(3).fill([7, 7]));
});

it.each<[string, unknown, string]>([
  ['a path', 'x.png', "found 'x.png'. Of a path, give what readFile reads"],
  ['a promise', Promise.resolve(), 'Await the promise'],
  [
    'a Blob',
    new Blob([]),
    'found an object of class Blob. Of a Blob, a File or a Response, give await it.arrayBuffer()',
  ],
  ['a list', [1, 2], 'Uint8Array.from'],
  ['nothing', undefined, 'found undefined'],
  ['null', null, 'found null'],
])('%s is refused with ARGUMENT and what to write', (_, value, says) => {
  const error = thrown(() => bytesOf('it', value as never));
  expect(error).toMatch(/^ARGUMENT: it: expected its bytes, a Uint8Array or an ArrayBuffer; found /);
  expect(error).toContain(says);
});
