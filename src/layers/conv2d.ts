import type { OnnxOperator } from '../formats/onnxOperator.js';
import { uniteParts } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { imageShape, options, required, type Size2d, windows } from '../validate.js';
import { planState, runningMap } from './batchNormState.js';
import { algorithmFor } from './convolution/algorithms.js';
import { ConvolutionLayer } from './convolution/convolutionLayer.js';
import type { Initials } from './initial.js';
import type { Activation, LayerPlan, Planner } from './layer.js';
import { boundsOf, maskGradient } from './relu.js';

export interface Conv2dOptions {
  /** Default 1. */
  stride?: Size2d;
  /** Zeros on each side, default 0. */
  padding?: Size2d;
  /** From a tap of the kernel to the next, default 1. */
  dilation?: Size2d;
  /** The channels of each see none of the others; default 1. */
  groups?: number;
  /** Default true. */
  bias?: boolean;
  /** How weight and bias begin, if not as PyTorch's do. */
  initial?: Initials;
}

/** 2-d convolution [C, H, W] → [O, H′, W′] as torch.nn.Conv2d, weight [O, C / groups, kernel height, kernel width], initialised
 * U(±1/√fan_in) like it. 3×3 without groups and dilation, eights of channels on both sides and up to 128×128 outputs is computed
 * by Winograd's algorithm, with stride 2 where that is faster; one with a group for each channel by one of its own, all else
 * as a product (im2col). Outputs of two to four pixels that have fewer than half of the taps are a product for each pixel. */
export class Conv2d extends ConvolutionLayer {
  readonly type: string = 'Conv2d';

  constructor(inChannels: number, outChannels: number, kernelSize: Size2d, given?: Conv2dOptions, ...others: never[]) {
    const form =
      'new Conv2d(inChannels, outChannels, kernelSize, { stride, padding, dilation, groups, bias, initial })';
    required(form, { inChannels, outChannels, kernelSize });
    const defaults = { stride: 1, padding: 0, dilation: 1, groups: 1, bias: true, initial: undefined };
    super({ inChannels, outChannels, kernelSize, ...options(form, given, defaults, others) });
  }

  arguments() {
    const { stride, padding, bias } = this;
    return [this.inChannels, this.outChannels, this.kernelSize, { stride, padding, bias, ...this.unusual() }];
  }

  override outputShape(input: Shape): Shape {
    const [, height, width] = imageShape(input, this.inChannels);
    return [
      this.outChannels,
      windows(input, height, this.kernelSize[0], this.stride[0], this.padding[0], this.dilation[0]),
      windows(input, width, this.kernelSize[1], this.stride[1], this.padding[1], this.dilation[1]),
    ];
  }

  override operations(input: Shape): number {
    const [kernelHeight, kernelWidth] = this.kernelSize;
    return 2 * sizeOf(this.outputShape(input)) * (this.inChannels / this.groups) * kernelHeight * kernelWidth;
  }

  override onnx(): OnnxOperator {
    return this.operator('Conv');
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { relu = false, gradientMasked = false, batchNorm } = planner.fused;
    const algorithm = algorithmFor(planner, this, input.shape, this.outputShape(input.shape));
    const { weight, bias } = this.parameters(planner, this.outChannels, this.inChannels, algorithm.sharded);
    const output = planner.activation(this.outputShape(input.shape), { overwritable: relu ? 'rectified' : true });
    const normalized =
      batchNorm && planState({ ...batchNorm, trackRunningStats: true }, planner.ofModule(batchNorm.module));
    const affineBounds = boundsOf(batchNorm ?? {});
    const { prepare, forward, backward } = algorithm.plan(
      {
        settings: this,
        input,
        output,
        weight,
        bias,
        floor: relu ? 0 : Number.NEGATIVE_INFINITY,
        affine: normalized?.map,
        affineFloor: affineBounds.floor,
        affineCeiling: affineBounds.ceiling,
      },
      planner,
    );
    const preparing = [prepare, normalized && runningMap(batchNorm, normalized)].filter((phase) => phase !== undefined);
    return {
      output,
      method: algorithm.name,
      prepare: uniteParts(preparing)[0],
      forward,
      backward: relu && !gradientMasked ? [maskGradient(planner.kernels, output)].concat(backward) : backward,
    };
  }
}
