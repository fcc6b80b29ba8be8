/** Pooling windows on an H×W×C image: place ky of window oy is row oy·strideHeight − paddingHeight + ky·dilationHeight,
 * and columns likewise. Places outside the image do not count. */
export interface PoolWindow {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly paddingHeight: number;
  readonly paddingWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
}

/** Copies of images, and pooling. */
export interface ImageKernels {
  /** Zeroes the target [targetH][targetW][C], then copies source[y][x] to target[top + y][left + x] where that lies inside. */
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
  ): void;

  /** The C floats from target[line·lineStride + i·stepStride] on are those of pixel i of a line of the source [lines][perLine][C]. */
  spreadPixels(
    source: Float32Array,
    lines: number,
    perLine: number,
    channels: number,
    target: Float32Array,
    lineStride: number,
    stepStride: number,
  ): void;

  /** target[r·stride + c] = 0 for the first `columns` of each row; one long row takes a seventh of what Float32Array.fill takes
   * in shared memory. */
  zeroColumns(target: Float32Array, rows: number, columns: number, stride: number): void;

  // Windows of taps are on the first `channels` of an image's pixels, which lie `pixelStride` floats apart. Window w's tap t
  // is at w·windowStride + t·tapStride, both in row-major order.

  /** target[w][t] = the tap's pixel; zeros outside the image. */
  unfold(
    image: Float32Array,
    windows: PoolWindow,
    pixelStride: number,
    target: Float32Array,
    windowStride: number,
    tapStride: number,
  ): void;

  /** image[pixel] = Σ columns[w][t] over the taps that are this pixel, t ascending, from 0. */
  fold(
    columns: Float32Array,
    windows: PoolWindow,
    windowStride: number,
    tapStride: number,
    image: Float32Array,
    pixelStride: number,
  ): void;

  /** target[c][r] = source[r][c]. */
  transpose(source: Float32Array, rows: number, columns: number, target: Float32Array): void;

  /** One image: y[oy][ox][c] is the window's largest value and argmax its place in the window, the first of equals
   * in row-major order; a NaN wins, the last one of several (as PyTorch). −Infinity where none counts. */
  maxPool(x: Float32Array, window: PoolWindow, y: Float32Array, argmax: Int32Array): void;

  /** One image: dx = 0, then dx[place of the window's largest] += dy, windows in row-major order. */
  maxPoolBackward(dy: Float32Array, argmax: Int32Array, window: PoolWindow, dx: Float32Array): void;

  // Averages are of windows along a height and along a width, in order: three numbers each, its first pixel, the one behind its
  // last, and the size that it counts for. First pixels never fall from a window to the next, nor do last ones.

  /** One image: y[oy][ox][c] is the sum of the window's pixels, in row-major order, divided by its two sizes' product. In
   * float64, rounded once. */
  averagePool(
    x: Float32Array,
    width: number,
    channels: number,
    rows: Int32Array,
    columns: Int32Array,
    y: Float32Array,
  ): void;

  /** One image: dx[iy][ix][c] is the sum over the windows that have this pixel, in row-major order, of dy divided by the
   * product of sizes. In float64, rounded once. */
  averagePoolBackward(
    dy: Float32Array,
    rows: Int32Array,
    columns: Int32Array,
    height: number,
    width: number,
    channels: number,
    dx: Float32Array,
  ): void;

  // BatchNorm and MaxPool2d of 2×2 windows that cover an H×W image, or several one below the other: H and W are even, C a
  // multiple of 16. Each gives the bits of the two kernels that it stands for, without an array between them. Pixels and the
  // numbers of maps begin `stride` floats apart.

  /** maxPool of scaleShift without a floor. */
  scaleShiftMaxPool(
    x: Float32Array,
    height: number,
    width: number,
    channels: number,
    stride: number,
    affine: Float32Array,
    y: Float32Array,
    argmax: Int32Array,
  ): void;

  /** gradientMoments of maxPoolBackward and x, for samples of so many lines. */
  maxPoolGradientMoments(
    dy: Float32Array,
    argmax: Int32Array,
    x: Float32Array,
    center: Float32Array,
    samples: Int32Array,
    height: number,
    width: number,
    channels: number,
    stride: number,
    sums: Float64Array,
    scratch: Float32Array,
  ): void;

  /** batchNormBackward of maxPoolBackward. */
  maxPoolBatchNormBackward(
    dy: Float32Array,
    argmax: Int32Array,
    x: Float32Array,
    height: number,
    width: number,
    channels: number,
    stride: number,
    coefficients: Float32Array,
    mask: number,
    dx: Float32Array,
  ): void;
}
