import type { Phase } from '../../program/phase.js';
import type { Activation, Parameter } from '../layer.js';

/** What an algorithm has to know of a layer. */
export interface ConvolutionLayer {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

export interface Folded {
  /** As the kernels take it: see kernels.ts. */
  readonly affine: Float32Array;
  readonly target: Float32Array;
}

/** A convolution with its arrays. */
export interface Convolution {
  readonly layer: ConvolutionLayer;
  readonly input: Activation;
  readonly output: Activation;
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  /** The least output: 0 when a ReLU comes next. */
  readonly floor: () => number;
  /** An affine map that follows when not training, and where its result belongs. */
  readonly folded: () => Folded | undefined;
}

/** What an algorithm makes of it. */
export interface ConvolutionPhases {
  readonly prepare: Phase & { by: 'part' };
  readonly forward: Phase;
  readonly backward: Phase;
}
