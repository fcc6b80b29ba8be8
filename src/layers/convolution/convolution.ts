import type { Phase } from '../../program/phase.js';
import type { Shape } from '../../tensor/shape.js';
import type { Activation, ConvolutionChoice, Parameter, Planner } from '../layer.js';

/** The settings of a Conv2d. */
export interface ConvolutionSettings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

/** A convolution with its arrays. Its output is max(convolution + bias, floor), and max(affine of that, affineFloor). */
export interface Convolution {
  readonly settings: ConvolutionSettings;
  readonly input: Activation;
  readonly output: Activation;
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  /** 0 for a ReLU, else −Infinity. */
  readonly floor: number;
  /** As the kernels take it: see kernels.ts. */
  readonly affine: Float32Array | undefined;
  readonly affineFloor: number;
}

/** A way to compute a convolution, forward and backward. */
export interface ConvolutionAlgorithm {
  readonly name: Exclude<ConvolutionChoice, 'auto'>;
  serves(settings: ConvolutionSettings, output: Shape): boolean;
  plan(convolution: Convolution, planner: Planner): ConvolutionPhases;
}

/** What an algorithm makes of a convolution. */
export interface ConvolutionPhases {
  readonly prepare: Phase & { by: 'part' };
  readonly forward: Phase;
  readonly backward: Phase;
}
