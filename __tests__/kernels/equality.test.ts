import { describe, expect, it } from '@jest/globals';
import { differences, type KernelCases } from '../support/kernelRoom.js';
import { elementCases } from './cases/elements.js';
import { imageCases } from './cases/images.js';
import { productCases } from './cases/products.js';

// A kernel without cases does not compile.
const suite: KernelCases = { ...productCases, ...imageCases, ...elementCases };

describe('reference and simd kernels', () => {
  it.each(Object.entries(suite))('%s: the same bits in both, in the outputs and nowhere else', (_kernel, cases) => {
    const all = cases();
    expect(all.length).toBeGreaterThan(20);
    expect(all.flatMap(differences).slice(0, 10)).toEqual([]);
  });
});
