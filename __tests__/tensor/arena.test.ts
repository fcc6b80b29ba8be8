import { describe, expect, it } from '@jest/globals';
import { Arena, type ArenaMemory } from '../../src/tensor/arena.js';
import { thrown } from '../support/thrown.js';

const take = (arena: Arena) => [
  arena.float32(1),
  arena.float32(17),
  arena.int32(3),
  arena.float64(5),
  arena.bigInt64(1),
  arena.float32(40000),
  arena.float32(16),
  arena.float64(9000),
];

describe('Arena', () => {
  it('gives arrays of the lengths asked for, all zero, that start at multiples of 64 bytes and not at 0', () => {
    const arrays = take(new Arena());
    expect(arrays.map(({ length }) => length)).toEqual([1, 17, 3, 5, 1, 40000, 16, 9000]);
    expect(arrays.map(({ byteOffset }) => byteOffset % 64)).toEqual(arrays.map(() => 0));
    expect(arrays.every(({ byteOffset }) => byteOffset > 0)).toBe(true);
    expect(arrays.every((array) => Array.from(array, Number).every((value) => value === 0))).toBe(true);
  });

  it('gives arrays that share no cache line of 64 bytes', () => {
    const lines = take(new Arena()).flatMap(({ byteOffset, byteLength }) =>
      Array.from({ length: Math.ceil(byteLength / 64) }, (_, i) => byteOffset / 64 + i),
    );
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('keeps the numbers of earlier arrays, through their views, when the memory grows', () => {
    const arena = new Arena();
    const first = arena.float32(100).fill(3);
    const pages = arena.memory.buffer.byteLength;
    const large = arena.float32(1_000_000).fill(7);
    expect(arena.memory.buffer.byteLength).toBeGreaterThan(pages);
    first[0] = 5;
    const now = new Float32Array(arena.memory.buffer, first.byteOffset, 100);
    expect([now[0], now[1], now[99], large[0], large[999_999]]).toEqual([5, 3, 3, 7, 7]);
  });

  it('lays the same arrays over another arena’s memory', () => {
    const arena = new Arena();
    const arrays = take(arena);
    const [first, second] = take(new Arena(arena.memory));
    arrays[0][0] = 1;
    second[16] = 2;
    expect([first[0], arrays[1][16]]).toEqual([1, 2]);
    expect(take(new Arena(arena.memory)).map(({ byteOffset }) => byteOffset)).toEqual(
      arrays.map(({ byteOffset }) => byteOffset),
    );
  });

  it('throws MEMORY, naming a smaller batch size as the way out, for more than 4 GiB', () => {
    for (const length of [2 ** 30, 1e15, Infinity])
      expect(thrown(() => new Arena().float32(length))).toMatch(/^MEMORY: .*4 GiB.*smaller batch size/);
  });

  it('throws MEMORY when the memory cannot grow', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }) as unknown as ArenaMemory;
    expect(thrown(() => new Arena(memory).float32(100_000))).toMatch(/^MEMORY: .*smaller batch size/);
  });
});
