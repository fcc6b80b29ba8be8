import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { ReLU } from '../../src/layers/relu.js';
import { Sequential } from '../../src/network/sequential.js';
import type { Updates } from '../../src/optimizers/updates.js';
import { type Pass, type Phase, perPart, runUnit, unitsOf } from '../../src/program/phase.js';
import { rowMajor } from '../../src/tensor/view.js';
import { withUpdates } from '../../src/training/updates.js';
import { syntheticDataset } from '../support/dataset.js';
import { makePrograms } from '../support/programs.js';
import { unequal } from '../support/unequal.js';

const pass: Pass = { samples: 16, shards: 3, training: true, number: 0, learningRate: 0.1 };

describe('a backward pass with updates', () => {
  const log: string[] = [];
  const logged = (name: string, gradients: readonly Float32Array[] = []) => ({
    ...perPart(1, () => log.push(name)),
    gradients,
  });
  const [first, second, sum] = [new Float32Array(1), new Float32Array(1), new Float32Array(1)];
  const backward: Phase[] = [logged('a', [first]), logged('b'), logged('c', [second])];
  const updates = new Map([second, sum, first].map((array, i) => [array, logged(`update ${i}`)]));
  const common = { phases: [logged('all')], last: [logged('last')], state: new Map(), groups: [], scratch: 0 };
  const orderOf = (given: Updates) => {
    log.length = 0;
    const phases = withUpdates(backward, given, { name: 'SGD', pass: 'update' });
    for (const phase of phases)
      for (let unit = 0; unit < unitsOf(phase, pass); unit++) runUnit(phase, unit, pass, first);
    return { log: [...log], background: phases.map((phase) => phase.by === 'part' && phase.background === true) };
  };

  it('has each behind the phase that makes its gradient whole, in the background, and the others at the end', () => {
    expect(orderOf({ ...common, ofGradients: updates })).toEqual({
      log: ['a', 'update 2', 'b', 'c', 'update 0', 'update 1', 'last'],
      background: [false, true, false, false, false, false],
    });
  });

  it('has all at the end where one waits for the gradients of others', () => {
    expect(orderOf({ ...common, ofGradients: undefined }).log).toEqual(['a', 'b', 'c', 'all']);
  });
});

describe('a training step', () => {
  const images = syntheticDataset(32, { size: 6, channels: 2 });

  /** The weights after two steps in which the units of each phase run from the last to the first. */
  function weights(maxGradientNorm?: number): Float32Array[] {
    const twice = new Conv2d(16, 16, 3, { padding: 1 });
    const layers = [
      new Conv2d(2, 16, 3, { padding: 1 }),
      new BatchNorm2d(16),
      new ReLU(),
      twice,
      new ReLU(),
      new Conv2d(16, 16, 3, { padding: 1 }),
      new BatchNorm2d(16),
      twice,
      new ReLU(),
      new Flatten(),
      new Linear(576, 10),
    ];
    const programs = makePrograms(new Sequential(layers), images, { maxGradientNorm });
    programs.batch.dataset = images;
    for (let number = 0; number < 2; number++) {
      programs.batch.indices.set(Array.from({ length: 16 }, (_, i) => 16 * number + i));
      const step = { ...pass, number };
      for (const phase of programs.phases.train)
        for (let unit = unitsOf(phase, step) - 1; unit >= 0; unit--)
          runUnit(phase, unit, step, programs.model.scratch[0]);
    }
    return [...programs.model.stateDict().values()].map((tensor) => rowMajor(tensor) as Float32Array);
  }

  it('has the bits of one whose updates all wait for the norm of the gradients, also with a module in two places', () => {
    const expected = weights(1e30);
    for (const [i, array] of weights().entries()) expect([i, unequal(array, expected[i])]).toEqual([i, []]);
  });
});
