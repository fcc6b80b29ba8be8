import type { PartPhase, Phase } from '../../program/phase.js';
import type { Shape } from '../../tensor/shape.js';
import type { Activation, Parameter, Planner } from '../layer.js';

/** The settings of a convolution or a transposed one; each of the groups has its share of the channels on both sides. */
export interface ConvolutionSettings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/** A convolution with its arrays. Its output is max(convolution + bias, floor), and with an affine map
 * min(max(affine of that, affineFloor), affineCeiling). */
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
  readonly affineCeiling: number;
}

/** A way to compute a convolution, forward and backward. */
export interface ConvolutionAlgorithm {
  /** In a profile. */
  readonly name: string;
  /** Whether it leaves a gradient of the parameters for each shard, rather than their sum. */
  readonly sharded: boolean;
  serves(settings: ConvolutionSettings, output: Shape): boolean;
  plan(convolution: Convolution, planner: Planner): ConvolutionPhases;
}

/** What an algorithm makes of a convolution. */
export interface ConvolutionPhases {
  readonly prepare?: PartPhase;
  readonly forward: readonly Phase[];
  readonly backward: readonly Phase[];
}
