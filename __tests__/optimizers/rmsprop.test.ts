import { expect, it } from '@jest/globals';
import { RMSprop } from '../../src/index.js';
import { loadKernels } from '../../src/kernels/load.js';
import { Arena } from '../../src/tensor/arena.js';
import { values } from '../support/kernelRoom.js';
import { thrown } from '../support/thrown.js';
import { unequal } from '../support/unequal.js';

/** 67 parameters after so many steps of the same gradients, whose variance goes to 0. */
function afterSteps(kernelSet: 'reference' | 'simd', steps: number): Float32Array {
  const arena = new Arena();
  const kernels = loadKernels(kernelSet, arena.memory);
  const [parameter, gradient, square_avg, grad_avg] = [0, 1, 2, 3].map(() => arena.float32(67));
  const given = values(67, 1);
  const optimizer = new RMSprop({ alpha: 0.9, centered: true, eps: 1e-3 });
  for (let number = 0; number < steps; number++) {
    gradient.set(given);
    const step = { number, learningRate: 1e-3, weightDecay: 0 };
    optimizer.update(parameter, gradient, { square_avg, grad_avg }, step, kernels);
  }
  return parameter;
}

it('centered RMSprop of constant gradients, whose variance rounding makes negative, gives numbers for 300 steps, the same on both kernels', () => {
  const [reference, simd] = [afterSteps('reference', 300), afterSteps('simd', 300)];
  expect(reference.filter((value) => !Number.isFinite(value))).toHaveLength(0);
  expect(unequal(simd, reference)).toEqual([]);
});

it('RMSprop’s arguments default to PyTorch’s', () => {
  expect({ ...new RMSprop() }).toEqual({
    type: 'RMSprop',
    learningRate: 0.01,
    alpha: 0.99,
    eps: 1e-8,
    weightDecay: 0,
    momentum: 0,
    centered: false,
    decay: 'all',
  });
});

it.each([
  { alpha: -0.1 },
  { alpha: 1.1 },
  { eps: -1 },
  { momentum: -0.9 },
  { centered: 1 as never },
  { weightDecay: -1 },
])('RMSprop refuses %j: ARGUMENT', (options) => {
  expect(thrown(() => new RMSprop(options))).toMatch(new RegExp(`^ARGUMENT: RMSprop ${Object.keys(options)[0]}`));
});
