/** Windows of taps on an H×W×C image. Output (oy, ox) has taps (a, b) that read the pixel
 * (top + oy·strideHeight + a·dilationHeight, left + ox·strideWidth + b·dilationWidth); those outside the image are left
 * out. The output's pixels and the taps' weights lie so many floats apart, the latter from `weightStart` on and perhaps
 * backwards. */
export interface TapWindows {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly top: number;
  readonly left: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputLineStride: number;
  readonly outputStepStride: number;
  readonly weightStart: number;
  readonly weightLineStride: number;
  readonly weightStepStride: number;
}

/** A convolution of each channel by itself. */
export interface DepthwiseKernels {
  /** y = max(bias + Σ x·weight, floor) over the taps in row-major order, one sum from the bias on. With
   * an affine map also min(max(affine of that, affineFloor), affineCeiling). */
  depthwise(
    x: Float32Array,
    windows: TapWindows,
    weights: Float32Array,
    bias: Float32Array,
    floor: number,
    affine: Float32Array | undefined,
    affineFloor: number,
    affineCeiling: number,
    y: Float32Array,
  ): void;

  /** gradient[a][b][c] = Σ dy·x over the outputs whose tap (a, b) is inside: those of a line are summed from 0, from left to
   * right, and the lines' sums are added from above to below, with `accumulate` to what it was. It lies as weights do. */
  depthwiseWeightGradient(
    x: Float32Array,
    windows: TapWindows,
    dy: Float32Array,
    accumulate: boolean,
    gradient: Float32Array,
  ): void;
}
