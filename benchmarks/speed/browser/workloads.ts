import { networks } from '../peers/networks.js';

/** So many images at once, so many times. */
export interface Steps {
  readonly batch: number;
  readonly steps: number;
}

/** What is trained in the browser benchmark. */
export interface Workload {
  readonly learningRate: number;
  /** At which losses are compared. The specified network's first steps are so wild that rounding errors, of which Winograd's
   * algorithm has more than TensorFlow.js's, grow with each at any but a small rate. */
  readonly comparedAt: number;
  /** Of a round: heddle's, and TensorFlow.js's by what computes. */
  readonly steps: number;
  readonly tensorflow: Readonly<Record<Device, Steps>>;
}

export type Backend = 'webgl' | 'cpu';
/** WebGL's by a graphics card or by software, and the CPU backend. */
export type Device = 'card' | 'software' | 'cpu';

/** @param renderer of WebGL */
export function deviceOf(renderer: string | undefined): Device {
  if (renderer === undefined) return 'cpu';
  return /swiftshader|llvmpipe/i.test(renderer) ? 'software' : 'card';
}

// Where a batch would take TensorFlow.js minutes it has a smaller one, of whose step the update is a larger part.
const { fashionNet, lenet5 } = networks;

/** By the names of peers/networks.ts. */
export const workloads: Readonly<Record<string, Workload>> = {
  fashionNet: {
    learningRate: 0.15,
    comparedAt: 0.0001,
    steps: 10,
    tensorflow: {
      card: { batch: fashionNet.batch, steps: 10 },
      software: { batch: 2, steps: 1 },
      cpu: { batch: 2, steps: 1 },
    },
  },
  lenet5: {
    learningRate: 0.1,
    comparedAt: 0.1,
    steps: 200,
    tensorflow: {
      card: { batch: lenet5.batch, steps: 200 },
      software: { batch: lenet5.batch, steps: 5 },
      cpu: { batch: lenet5.batch, steps: 1 },
    },
  },
};
