/** Windows of taps on H×W×C images. Output (oy, ox) has taps (a, b) that read the pixel
 * (top + oy·strideHeight + a·dilationHeight, left + ox·strideWidth + b·dilationWidth); those outside the image are left
 * out. A pixel and an image begin so many floats behind the one before, and the outputs' too; so do the parts of an affine
 * map, as pixels. The taps' weights lie so many floats apart, from `weightStart` on and perhaps backwards. */
export interface TapWindows {
  readonly height: number;
  readonly width: number;
  readonly pixelStride: number;
  readonly sampleStride: number;
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
  readonly outputSampleStride: number;
  readonly weightStart: number;
  readonly weightLineStride: number;
  readonly weightStepStride: number;
}

/** A convolution of each channel by itself. */
export interface DepthwiseKernels {
  /** y = max(bias + Σ x·weight, floor) of so many images and of their first channels. The products of a column of taps are summed from above to below, and
   * the columns' sums are added to the bias from left to right. With an affine map also
   * min(max(affine of that, affineFloor), affineCeiling). */
  depthwise(
    x: Float32Array,
    windows: TapWindows,
    samples: number,
    channels: number,
    weights: Float32Array,
    bias: Float32Array,
    floor: number,
    affine: Float32Array | undefined,
    affineFloor: number,
    affineCeiling: number,
    y: Float32Array,
  ): void;

  /** gradient[a][b][c] += Σ dy·x over the outputs whose tap (a, b) is inside: those of a line of all images are summed from 0,
   * image after image and from left to right, and the lines' sums are added from above to below. It lies as weights do. */
  addDepthwiseWeightGradient(
    x: Float32Array,
    windows: TapWindows,
    samples: number,
    channels: number,
    dy: Float32Array,
    gradient: Float32Array,
  ): void;
}
