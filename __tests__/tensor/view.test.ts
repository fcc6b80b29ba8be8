import { describe, expect, it } from '@jest/globals';
import ndarray from 'ndarray';
import { rowMajor, type StoredSource } from '../../src/tensor/view.js';
import { thrown } from '../support/thrown.js';

describe('rowMajor', () => {
  const data = Float32Array.of(0, 1, 2, 3, 4, 5);

  it('copies elements in the order of the axes, whatever the strides, negative ones included', () => {
    const view = ndarray(data, [2, 3]);
    expect(rowMajor(view.transpose(1, 0))).toEqual(Float32Array.of(0, 3, 1, 4, 2, 5));
    expect(rowMajor(view.step(-1, -2))).toEqual(Float32Array.of(5, 3, 2, 0));
    expect(rowMajor(view.pick(1, null))).toEqual(Float32Array.of(3, 4, 5));
  });

  it('has nothing to copy, and does not count, where one length is 0 and others are 2^52', () => {
    expect(rowMajor({ shape: [2 ** 52, 2 ** 52, 0], data })).toHaveLength(0);
  });

  it.each<[string, StoredSource]>([
    ['a shape of more elements', { shape: [7], data }],
    ['an offset too far', { shape: [6], data, offset: 1 }],
    ['a stride too large', { shape: [2, 3], data, stride: [4, 1] }],
    ['a stride backwards from the start', { shape: [2], data, stride: [-1] }],
    ['too few strides', { shape: [2, 3], data, stride: [3] }],
    ['a fraction', { shape: [0.5], data }],
    ['a negative length', { shape: [-1], data }],
    ['NaN', { shape: [Number.NaN], data }],
  ])('refuses %s as SHAPE, before it takes memory', (_, tensor) => {
    expect(thrown(() => rowMajor(tensor))).toMatch(/^SHAPE: .*\[.*\].*6 elements/);
  });
});
