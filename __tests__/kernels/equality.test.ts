import { describe, expect, it } from '@jest/globals';
import { differences, type KernelCases } from '../support/kernelRoom.js';
import { activationCases } from './cases/activations.js';
import { channelCases } from './cases/channels.js';
import { depthwiseCases } from './cases/depthwise.js';
import { elementCases } from './cases/elements.js';
import { imageCases } from './cases/images.js';
import { productCases } from './cases/products.js';
import { windowCases } from './cases/windows.js';
import { winogradCases } from './cases/winograd.js';

// A kernel without cases does not compile.
const suite: KernelCases = {
  ...productCases,
  ...windowCases,
  ...winogradCases,
  ...depthwiseCases,
  ...imageCases,
  ...channelCases,
  ...elementCases,
  ...activationCases,
};

// Whether or not this engine fuses wide's vectors: the binary is simd's, and its tiles are run here.
describe('reference, simd and wide kernels', () => {
  it.each(Object.entries(suite))(
    '%s: the same bits in all three, in the outputs and nowhere else',
    (_kernel, cases) => {
      const all = cases();
      expect(all.length).toBeGreaterThan(20);
      expect(all.flatMap(differences).slice(0, 10)).toEqual([]);
    },
  );
});
