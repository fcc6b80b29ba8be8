import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Dropout } from '../../src/layers/dropout.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { MaxPool2d } from '../../src/layers/maxPool2d.js';
import { ReLU } from '../../src/layers/relu.js';
import { Sequential } from '../../src/model/sequential.js';
import { runAlone } from '../../src/phase.js';
import { SGD } from '../../src/training/sgd.js';
import { TrainingStep } from '../../src/training/step.js';
import { syntheticDataset } from '../support/dataset.js';

// Central differences of a float32 loss. Its rounding, a few 2⁻²³, adds about 5e-7/ε to a difference quotient. A step of ε
// takes a share of order ε of the activations over a kink of ReLU or MaxPool2d, which adds of order ε. Both are below 1e-3
// at ε = 5e-4; a rare kink that carries much of the gradient may add more, so one of ten differences is let off.
const EPSILON = 5e-4;
const TOLERANCE = 2e-3;

const network = () =>
  new Sequential([
    new Conv2d(2, 8, 3, { stride: 2, padding: 1 }),
    new ReLU(),
    new Dropout(0.3),
    new BatchNorm2d(8),
    new Conv2d(8, 8, 3, { padding: 1 }),
    new ReLU(),
    new BatchNorm2d(8),
    new MaxPool2d(3, { stride: 2 }),
    new Dropout(0.3),
    new Flatten(),
    new Linear(72, 9),
    new ReLU(),
    new Linear(9, 3),
  ]);

describe.each([
  ['simd', 'winograd'],
  ['reference', 'winograd'],
  ['simd', 'im2col'],
] as const)('%s kernels, %s', (kernels, convolution) => {
  it('each parameter’s gradient is within 2e-3 of the loss’s central differences, of which one in ten may meet a kink', () => {
    const step = new TrainingStep({
      ...{ network: network().toConfig(), inputShape: [2, 14, 14], batchSize: 6, shards: 4, seed: 3 },
      ...{ kernels, convolution, workers: 1, profile: false },
      ...{ normalization: { mean: 0.5, std: 0.4 }, optimizer: { ...new SGD({ learningRate: 0 }) } },
    });
    step.dataset = syntheticDataset(6, { classes: 3, channels: 2, size: 14 });
    step.indices.set([0, 1, 2, 3, 4, 5]);
    // Learning rate 0 leaves the weights; the step's number fixes the dropout masks.
    const loss = () => {
      const pass = { samples: 6, shards: 4, training: true, number: 7, learningRate: 0 };
      runAlone(step.phases.train, pass, step.model.scratch[0]);
      return step.losses.reduce((sum, value) => sum + value, 0) / 6;
    };
    loss();
    const gradients = new Map(step.model.parameters.map(({ name, gradient }) => [name, gradient.slice()]));
    for (const { name, data } of step.model.parameters) {
      const places = Array.from({ length: 10 }, (_, i) => Math.floor(((i + 0.5) * data.length) / 10));
      const errors = places.map((place) => {
        const [value, gradient] = [data[place], gradients.get(name)?.[place] as number];
        data[place] = value + EPSILON;
        const above = loss();
        data[place] = value - EPSILON;
        const difference = (above - loss()) / (2 * EPSILON);
        data[place] = value;
        return Math.abs(difference - gradient);
      });
      const worst = errors.toSorted((a, b) => b - a);
      expect([name, worst[1] < TOLERANCE, worst]).toEqual([name, true, worst]);
      expect(Math.max(...(gradients.get(name) ?? []).map(Math.abs))).toBeGreaterThan(5 * TOLERANCE);
    }
  });
});
