/** A pooling window on an H×W×C image, without padding. */
export interface PoolWindow {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/** Copies of images, and max pooling. */
export interface ImageKernels {
  /** Zeroes the target [targetH][targetW][C], then copies source[y][x] to target[top + y·spacingY][left + x·spacingX]
   * where that lies inside. */
  padImage(
    source: Float32Array,
    height: number,
    width: number,
    channels: number,
    target: Float32Array,
    targetHeight: number,
    targetWidth: number,
    top: number,
    left: number,
    spacingY: number,
    spacingX: number,
  ): void;

  /** target[c][r] = source[r][c]. */
  transpose(source: Float32Array, rows: number, columns: number, target: Float32Array): void;

  /** One image: y[oy][ox][c] is the window's largest value and argmax its place in the window, the first of equals
   * in row-major order; a NaN wins, the last one of several (as PyTorch). */
  maxPool(x: Float32Array, window: PoolWindow, y: Float32Array, argmax: Int32Array): void;

  /** One image: dx = 0, then dx[place of the window's largest] += dy, windows in row-major order. */
  maxPoolBackward(dy: Float32Array, argmax: Int32Array, window: PoolWindow, dx: Float32Array): void;

  // BatchNorm and MaxPool2d of 2×2 windows that cover an H×W image, or several one below the other: H and W are even, C a
  // multiple of 16. Each gives the bits of the two kernels that it stands for, without an array between them.

  /** maxPool of scaleShift without a floor. */
  scaleShiftMaxPool(
    x: Float32Array,
    height: number,
    width: number,
    channels: number,
    affine: Float32Array,
    y: Float32Array,
    argmax: Int32Array,
  ): void;

  /** gradientMoments of maxPoolBackward and x. */
  maxPoolGradientMoments(
    dy: Float32Array,
    argmax: Int32Array,
    x: Float32Array,
    center: Float32Array,
    height: number,
    width: number,
    channels: number,
    sums: Float64Array,
  ): void;

  /** batchNormBackward of maxPoolBackward. */
  maxPoolBatchNormBackward(
    dy: Float32Array,
    argmax: Int32Array,
    x: Float32Array,
    height: number,
    width: number,
    channels: number,
    coefficients: Float32Array,
    mask: number,
    dx: Float32Array,
  ): void;
}
