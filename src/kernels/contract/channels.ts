/** What kernels that give moments want of scratch memory, in floats. */
export const MOMENTS_SCRATCH = 32;

/** Sums over rows of channels, and BatchNorm. Rows begin `stride` floats apart, so that `columns` may be some of an image's
 * channels; the numbers of a map, center, scale and so on, lie as far apart. Moments are of several shards that lie one behind
 * the other, with `perSample` rows for each of their `samples`; those of the next shard come 2·stride float64 numbers later. */
export interface ChannelKernels {
  /** output[c] = Σr source[r·stride + c]: blocks of 16 rows are summed in float32, r ascending, and their sums in float64.
   * `accumulate` adds the result to what stands there. */
  columnSums(
    source: Float32Array,
    rows: number,
    columns: number,
    stride: number,
    output: Float32Array,
    accumulate: boolean,
  ): void;

  /** For each shard sums[c] = Σr x[r][c] and sums[columns + c] = Σr x[r][c]². In each block of 16 rows the differences d from its first row and
   * their squares are summed in float32, r ascending. Of n rows after p, Σx = n·p + Σd and Σx² = p·(Σx + Σd) + Σd² in
   * float64, so that a mean far above the deviation costs no digits. */
  columnMoments(
    x: Float32Array,
    samples: Int32Array,
    perSample: number,
    columns: number,
    stride: number,
    sums: Float64Array,
    scratch: Float32Array,
  ): void;

  /** For each shard sums[c] = Σr dy[r][c] and sums[columns + c] = Σr dy[r][c]·(x[r][c] − center[c]), in blocks as columnSums. */
  gradientMoments(
    dy: Float32Array,
    x: Float32Array,
    center: Float32Array,
    samples: Int32Array,
    perSample: number,
    columns: number,
    stride: number,
    sums: Float64Array,
    scratch: Float32Array,
  ): void;

  /** Writes 0 over dy where y ≤ 0 or, with a ceiling below ∞, y ≥ ceiling, and gives gradientMoments of that: the gradient
   * of ReLU, or ReLU6. */
  rectifiedGradientMoments(
    y: Float32Array,
    ceiling: number,
    dy: Float32Array,
    x: Float32Array,
    center: Float32Array,
    samples: Int32Array,
    perSample: number,
    columns: number,
    stride: number,
    sums: Float64Array,
    scratch: Float32Array,
  ): void;

  /** Adds to the moments of the first of so many shards those of the others, in their order. */
  sumMoments(moments: Float64Array, shards: number, columns: number, stride: number): void;

  /** y[r][c] = min(max((x[r][c] − center[c])·scale[c] + shift[c], floor), ceiling). */
  scaleShift(
    x: Float32Array,
    rows: number,
    columns: number,
    stride: number,
    affine: Float32Array,
    floor: number,
    ceiling: number,
    y: Float32Array,
  ): void;

  /** y[r][c] = max((x[r][c] − center[c])·scale[c] + shift[c] + residual[r][c], floor). */
  scaleShiftAdd(
    x: Float32Array,
    rows: number,
    columns: number,
    stride: number,
    affine: Float32Array,
    residual: Float32Array,
    floor: number,
    y: Float32Array,
  ): void;

  /** y[r][c] = f of what scaleShift makes without bounds, where f is silu or hardswish: see ../activation.ts. */
  scaleShiftActivation(
    x: Float32Array,
    rows: number,
    columns: number,
    stride: number,
    affine: Float32Array,
    activation: number,
    y: Float32Array,
  ): void;

  /** Writes f's gradient over dy, that of scaleShiftActivation at its y, and gives gradientMoments of that about the center. */
  activationGradientMoments(
    affine: Float32Array,
    activation: number,
    dy: Float32Array,
    x: Float32Array,
    samples: Int32Array,
    perSample: number,
    columns: number,
    stride: number,
    sums: Float64Array,
    scratch: Float32Array,
  ): void;

  /** dx[r][c] = (a[c]·dy[r][c] + d[c]) + b[c]·(x[r][c] − center[c]), with the coefficients [center | a | b | d]: BatchNorm's
   * input gradient. A mask that is not 0 multiplies it where x > 0 or x is NaN and makes it 0 elsewhere: ReLU's gradient,
   * and Dropout's. */
  batchNormBackward(
    dy: Float32Array,
    x: Float32Array,
    rows: number,
    columns: number,
    stride: number,
    coefficients: Float32Array,
    mask: number,
    dx: Float32Array,
  ): void;
}
