import type { OnnxOperator } from '../formats/onnxOperator.js';
import { uniteParts } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { flag, imageShape, options, required, type Size2d, size2d, wholeNumber, windows } from '../validate.js';
import { planState, runningMap } from './batchNormState.js';
import { algorithmFor } from './convolution/algorithms.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';
import { maskGradient } from './relu.js';

export interface Conv2dOptions {
  /** Default 1. */
  stride?: Size2d;
  /** Zeros on each side, default 0. */
  padding?: Size2d;
  /** Default true. */
  bias?: boolean;
}

/** 2-d convolution [C, H, W] → [O, H′, W′] as torch.nn.Conv2d, weight [O, C, kernel height, kernel width], initialised
 * U(±1/√fan_in) like it. 3×3 with stride 1, eights of channels on both sides and up to
 * 128×128 outputs is computed by Winograd's algorithm, all else as a product (im2col). */
export class Conv2d extends Layer {
  readonly type: string = 'Conv2d';
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly bias: boolean;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Size2d,
    given?: Conv2dOptions,
    ...others: never[]
  ) {
    super();
    const form = 'new Conv2d(inChannels, outChannels, kernelSize, { stride, padding, bias })';
    required(form, { inChannels, outChannels, kernelSize });
    const { stride, padding, bias } = options(form, given, { stride: 1, padding: 0, bias: true }, others);
    wholeNumber('Conv2d inChannels', inChannels, 1);
    wholeNumber('Conv2d outChannels', outChannels, 1);
    this.kernelSize = size2d('Conv2d kernelSize', kernelSize, 1);
    this.stride = size2d('Conv2d stride', stride, 1);
    this.padding = size2d('Conv2d padding', padding, 0);
    this.bias = flag('Conv2d bias', bias);
  }

  arguments() {
    const { stride, padding, bias } = this;
    return [this.inChannels, this.outChannels, this.kernelSize, { stride, padding, bias }];
  }

  describe(): string {
    const pair = ([height, width]: readonly [number, number]) => `(${height}, ${width})`;
    const padding = this.padding.some((p) => p > 0) ? `, padding=${pair(this.padding)}` : '';
    const bias = this.bias ? '' : ', bias=False';
    return `Conv2d(${this.inChannels}, ${this.outChannels}, kernel_size=${pair(this.kernelSize)}, stride=${pair(this.stride)}${padding}${bias})`;
  }

  override outputShape(input: Shape): Shape {
    const [, height, width] = imageShape(input, this.inChannels);
    return [
      this.outChannels,
      windows(input, height, this.kernelSize[0], this.stride[0], this.padding[0]),
      windows(input, width, this.kernelSize[1], this.stride[1], this.padding[1]),
    ];
  }

  override operations(input: Shape): number {
    const [kernelHeight, kernelWidth] = this.kernelSize;
    return 2 * sizeOf(this.outputShape(input)) * this.inChannels * kernelHeight * kernelWidth;
  }

  override onnx(): OnnxOperator {
    return {
      opType: 'Conv',
      tensors: this.bias ? ['weight', 'bias'] : ['weight'],
      attributes: {
        kernel_shape: { ints: this.kernelSize },
        strides: { ints: this.stride },
        pads: { ints: [...this.padding, ...this.padding] },
        dilations: { ints: [1, 1] },
      },
    };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { relu = false, gradientMasked = false, batchNorm } = planner.fused;
    const output = planner.activation(this.outputShape(input.shape), { overwritable: relu ? 'rectified' : true });
    const [kernelHeight, kernelWidth] = this.kernelSize;
    const initial = { uniform: 1 / Math.sqrt(this.inChannels * kernelHeight * kernelWidth) };
    const shape = [this.outChannels, this.inChannels, kernelHeight, kernelWidth];
    const weight = planner.parameter('weight', shape, initial, { order: [2, 3, 1, 0], sharded: true });
    const bias = this.bias ? planner.parameter('bias', [this.outChannels], initial, { sharded: true }) : undefined;
    const normalized =
      batchNorm && planState({ ...batchNorm, trackRunningStats: true }, planner.ofModule(batchNorm.module));
    const algorithm = algorithmFor(planner.convolution, this, output.shape);
    const { prepare, forward, backward } = algorithm.plan(
      {
        settings: this,
        input,
        output,
        weight,
        bias,
        floor: relu ? 0 : Number.NEGATIVE_INFINITY,
        affine: normalized?.map,
        affineFloor: batchNorm?.relu ? 0 : Number.NEGATIVE_INFINITY,
      },
      planner,
    );
    return {
      output,
      prepare: normalized ? uniteParts([prepare, runningMap(batchNorm, normalized)])[0] : prepare,
      forward: [forward],
      backward: relu && !gradientMasked ? [maskGradient(planner.kernels, output), backward] : [backward],
    };
  }
}
