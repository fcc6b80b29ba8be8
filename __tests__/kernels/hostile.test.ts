import { describe, expect, it } from '@jest/globals';
import { loadKernels } from '../../src/kernels/load.js';
import { Arena } from '../../src/tensor/arena.js';
import { values } from '../support/kernelRoom.js';

// Sizes at which float32's own squares overflow (above 1.8e19) or vanish (below 1e-19), beside an ordinary one.
const SIZES = [1, 1e-30, 1e-22, 1e19, 1e20, 5e20, 1e38];

describe.each(['reference', 'simd', 'wide'] as const)('%s kernels', (name) => {
  const arena = new Arena();
  const kernels = loadKernels(name, arena.memory);
  const floats = (from: ArrayLike<number>) => {
    const array = arena.float32(from.length);
    array.set(from);
    return array;
  };

  it.each(SIZES)('sumSquares of numbers of %d: within 2⁻⁵³ of float64’s for each of 131 terms', (size) => {
    const x = floats(values(131, 1).map((value) => value * size));
    const sums = arena.float64(1);
    kernels.sumSquares(x, sums);
    const exact = x.reduce((sum, value) => sum + value * value, 0);
    expect(Math.abs(sums[0] / exact - 1)).toBeLessThanOrEqual(131 * 2 ** -53);
  });

  // PyTorch's own Adam squares up to 5.8e20, where a thousandth of the square is float32's largest number.
  it.each([1e-15, 1, 1e19, 1e20, 5e20])(
    'adam’s first step with gradients of ±%d moves each weight by the learning rate of 0.01, as PyTorch’s does, within 1e-7',
    (size) => {
      const gradient = floats(Array.from({ length: 7 }, (_, i) => (i % 2 ? -size : size)));
      const parameter = floats(new Float32Array(7));
      kernels.adam(parameter, gradient, arena.float32(7), arena.float32(7), {
        beta1: 0.9,
        beta2: 0.999,
        eps: 0,
        stepSize: 0.01 / (1 - 0.9),
        correction: Math.sqrt(1 - 0.999),
        weightDecay: 0,
        keep: 1,
      });
      for (const [i, value] of parameter.entries()) expect(Math.abs(value - (i % 2 ? 0.01 : -0.01))).toBeLessThan(1e-7);
    },
  );

  // Its factors are finite up to 1.8e19, where PyTorch's square overflows as well.
  it.each([1e13, 1e15, 1e19])(
    'geluTanhBackward gives no gradient to −%d, and all of it to the same above 0',
    (size) => {
      const dx = floats(new Float32Array(9));
      kernels.geluTanhBackward(floats(dx.map((_, i) => (i % 2 ? size : -size))), floats(dx.map(() => 3)), dx);
      expect([...dx].map(Math.abs)).toEqual([...dx].map((_, i) => (i % 2 ? 3 : 0)));
    },
  );

  it('average and scale lose nothing to sizes of 1e38 and 1e-38: within 2⁻²² of float64’s', () => {
    for (const size of [1e-36, 1, 1e38]) {
      const [value, average] = [1, 2].map((stream) => floats(values(9, stream).map((x) => x * size)));
      const before = average.slice();
      kernels.average(value, 0.25, average);
      for (const [i, found] of average.entries())
        expect(Math.abs(found - (before[i] + (value[i] - before[i]) * 0.25))).toBeLessThanOrEqual(2 ** -22 * 4 * size);
      kernels.scale(value, 1 / size);
      for (const [i, found] of value.entries())
        expect(Math.abs(found - values(9, 1)[i])).toBeLessThanOrEqual(2 ** -22 * 2);
    }
  });
});
