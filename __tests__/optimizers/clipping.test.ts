import { expect, it } from '@jest/globals';
import { loadKernels } from '../../src/kernels/load.js';
import { clippedReduction, noReduction } from '../../src/optimizers/reduction.js';
import { runAlone } from '../../src/program/phase.js';
import { Arena } from '../../src/tensor/arena.js';
import { values } from '../support/kernelRoom.js';

const norm = (numbers: Iterable<number>) => Math.sqrt([...numbers].reduce((sum, value) => sum + value * value, 0));

// The factor and each product are rounded once; 1e-6 is added to the norm, as PyTorch does.
it.each([1e-30, 1e-3, 1, 1e19, 1e20, 1e37])(
  'clips gradients of %d to a norm of 2, or leaves them as they are, within 2⁻²³ of the norm and 1e-6; a frozen one’s do not count',
  (size) => {
    for (const kernelSet of ['reference', 'simd'] as const) {
      const arena = new Arena();
      const kernels = loadKernels(kernelSet, arena.memory);
      const [frozen, ...parameters] = [9, 7, 64].map((length, i) => {
        const gradient = arena.float32(length);
        gradient.set(values(length, i + 1).map((value) => value * size));
        const [data, strides] = [arena.float32(length), [1]];
        return {
          name: `${i}`,
          shape: [length],
          strides,
          initial: { constant: 0 },
          requiresGrad: i > 0,
          data,
          gradient,
        };
      });
      const before = norm(parameters.flatMap(({ gradient }) => [...gradient]));
      const { phases, reduce } = clippedReduction({ kernels, arena }, [frozen, ...parameters], noReduction, 2, 32);
      const pass = { samples: 1, shards: 1, training: true, number: 0, learningRate: 1 };
      runAlone(phases, pass, new Float32Array(0));
      for (const parameter of parameters) reduce(parameter, 0, parameter.data.length, pass);
      const after = norm(parameters.flatMap(({ gradient }) => [...gradient]));
      const wanted = Math.min(before, 2);
      expect(Math.abs(after / wanted - 1)).toBeLessThanOrEqual(2 ** -23 + 1e-6 / Math.max(before, 2));
    }
  },
);
