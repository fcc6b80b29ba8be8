import type { RunEnd, RunStart, RunStep } from '../../src/training/events.js';

export const runStart: RunStart = {
  event: 'start',
  time: 1_800_000_000_000,
  epochs: 2,
  epochsDone: 0,
  stepsDone: 0,
  trainImages: 100,
  testImages: 20,
  classes: ['a', 'b'],
  inputShape: [1, 2, 2],
  workers: 1,
  kernels: 'simd',
  about: ['*first* line\nsecond', '<b>'],
  config: { seed: 3 },
};

/** A step of which loss and accuracy run from 0.5 in the epoch. */
export const runStep = (stepsDone: number): RunStep => ({
  event: 'step',
  stepsDone,
  epoch: 1,
  step: stepsDone,
  steps: 10,
  loss: 0.5,
  accuracy: 0.5,
  ofStep: { loss: 0.25, accuracy: 0.75 },
  learningRate: 0.1,
  stepsPerSecond: 1,
  imagesPerSecond: 100,
});

export const runEnd: RunEnd = {
  event: 'end',
  interrupted: false,
  resume: undefined,
  epochs: 1,
  out: 'run',
  files: [],
  weightsHash: 'ab',
};
