import type { HashKey } from '../tensor/random.js';
import type { Patches } from './patches.js';
import type { PoolWindow } from './poolWindow.js';
import type { PointStrides, TileCounts, Tiles } from './tiles.js';
import type { AdamUpdate, SgdUpdate } from './updates.js';

/**
 * The one interface that all kernel sets implement: `reference` in plain TypeScript, the others in WebAssembly. All but
 * `relaxed` agree bit for bit, because each output element is made by the same operations in the same order, every product and
 * sum rounded to float32 apart (sums said to be float64 are kept so until they are stored).
 *
 * Letters: H, W height and width; C channels; M, K, N a product C[M×N] = A[M×K] · B[K×N]. Activations are NHWC: a row
 * of C channels for each pixel. "panels" are B packed as [⌈N/8⌉][K][8], zero where a column does not exist.
 *
 * An affine map of channels takes x to (x − center)·scale + shift, and is given as [center | scale | shift], C numbers
 * each. The center is a number near all of a channel's, so that their difference keeps its digits.
 */
export interface Kernels {
  readonly name: 'reference' | 'simd' | 'wide' | 'relaxed';

  /** Packs B[k][n] = source[k·rowStride + n·columnStride] as rows `row`… of panels that are `depth` rows deep. */
  packPanels(
    source: Float32Array,
    rows: number,
    columns: number,
    rowStride: number,
    columnStride: number,
    panels: Float32Array,
    row: number,
    depth: number,
  ): void;

  /** output[m·outputStride + n] = Σk A[m][k]·B[k][n] + bias[n], if there is one. Each run is summed in blocks of 64
   * columns, k ascending from 0, and the blocks' sums are added to the bias in order. */
  gemm(
    a: Float32Array,
    patches: Patches,
    panels: Float32Array,
    bias: Float32Array | undefined,
    output: Float32Array,
    columns: number,
    outputStride: number,
  ): void;

  /** output[k·outputStride + n] = Σm A[m][k]·B[m][n], with `accumulate` added to what it was. Rows are summed in blocks
   * of 64, m ascending from 0, and the blocks' sums are added in order. `packed` is room for 4·M floats. */
  gemmTransposed(
    a: Float32Array,
    patches: Patches,
    panels: Float32Array,
    packed: Float32Array,
    output: Float32Array,
    columns: number,
    outputStride: number,
    accumulate: boolean,
  ): void;

  /** For each point, output[t][n] = Σk points[t][k]·weights[k][n] over the tiles t that have it, k ascending: the points
   * of a convolution's output, and with transposed weights those of the input's gradient. `depth` and `columns` are
   * multiples of 8; point p's weights are panels at p·weightStride. */
  winogradProducts(
    points: Float32Array,
    strides: PointStrides,
    tiles: TileCounts,
    depth: number,
    weights: Float32Array,
    weightStride: number,
    output: Float32Array,
    outputStrides: PointStrides,
    columns: number,
  ): void;

  /** For each point p, gradient[p·gradientStride + k·columns + n] = Σt points[t][k]·upstream[t][n], t ascending, with
   * `accumulate` added to what it was. `depth` and `columns`, the numbers of k and n, are multiples of 8. */
  winogradWeightProducts(
    points: Float32Array,
    strides: PointStrides,
    upstream: Float32Array,
    upstreamStrides: PointStrides,
    tiles: TileCounts,
    depth: number,
    columns: number,
    gradient: Float32Array,
    gradientStride: number,
    accumulate: boolean,
  ): void;

  /** The points of a row of tiles of a convolution's input: Bᵀ d B. */
  winogradInput(
    image: Float32Array,
    tiles: Tiles,
    points: Float32Array,
    strides: PointStrides,
    scratch: Float32Array,
  ): void;

  /** A row of tiles of a convolution's output from its points: max(Aᵀ M A + bias, floor), and if there is an affine map,
   * max(affine of that, affineFloor). A floor of −Infinity changes nothing, one of 0 is ReLU. */
  winogradOutput(
    points: Float32Array,
    strides: PointStrides,
    tiles: Tiles,
    bias: Float32Array | undefined,
    floor: number,
    affine: Float32Array | undefined,
    affineFloor: number,
    image: Float32Array,
    scratch: Float32Array,
  ): void;

  /** The gradient of the output's points from that of a row of tiles of the output: A dY Aᵀ. */
  winogradOutputGradient(
    image: Float32Array,
    tiles: Tiles,
    points: Float32Array,
    strides: PointStrides,
    scratch: Float32Array,
  ): void;

  /** Adds the gradient of a row of tiles of the input, from that of its points, to the image: B dV Bᵀ. */
  winogradInputGradient(
    points: Float32Array,
    strides: PointStrides,
    tiles: Tiles,
    image: Float32Array,
    scratch: Float32Array,
  ): void;

  /** The points of 3×3 weights, G g Gᵀ: tap t of row r and column n is weight[t·tapStride + r·rowStride + n]; point p
   * goes to panel[p·pointStride + 8·r + n]. */
  winogradWeights(
    weight: Float32Array,
    tapStride: number,
    rows: number,
    rowStride: number,
    panel: Float32Array,
    pointStride: number,
    scratch: Float32Array,
  ): void;

  /** gradient[t·count + i], for each tap t, from the gradient of the points, points[p·pointStride + i]: Gᵀ dU G. `count`
   * is a multiple of 8. */
  winogradWeightGradient(
    points: Float32Array,
    pointStride: number,
    count: number,
    gradient: Float32Array,
    scratch: Float32Array,
  ): void;

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

  /** sums[c] = Σr x[r][c] and sums[C + c] = Σr x[r][c]². In each block of 16 rows the differences d from its first row and
   * their squares are summed in float32, r ascending. Of n rows after p, Σx = n·p + Σd and Σx² = p·(Σx + Σd) + Σd² in
   * float64, so that a mean far above the deviation costs no digits. */
  columnMoments(x: Float32Array, rows: number, columns: number, sums: Float64Array): void;

  /** sums[c] = Σr dy[r][c] and sums[C + c] = Σr dy[r][c]·(x[r][c] − center[c]), in blocks as columnSums. */
  gradientMoments(
    dy: Float32Array,
    x: Float32Array,
    center: Float32Array,
    rows: number,
    columns: number,
    sums: Float64Array,
  ): void;

  /** Writes reluBackward(y, dy) over dy, and gives gradientMoments of that. */
  rectifiedGradientMoments(
    y: Float32Array,
    dy: Float32Array,
    x: Float32Array,
    center: Float32Array,
    rows: number,
    columns: number,
    sums: Float64Array,
  ): void;

  /** y[r][c] = max((x[r][c] − center[c])·scale[c] + shift[c], floor). A floor of −Infinity changes nothing, one of 0 is
   * ReLU. */
  scaleShift(
    x: Float32Array,
    rows: number,
    columns: number,
    affine: Float32Array,
    floor: number,
    y: Float32Array,
  ): void;

  /** y[r][c] = max((x[r][c] − center[c])·scale[c] + shift[c] + residual[r][c], floor). */
  scaleShiftAdd(
    x: Float32Array,
    rows: number,
    columns: number,
    affine: Float32Array,
    residual: Float32Array,
    floor: number,
    y: Float32Array,
  ): void;

  /** dx[r][c] = (a[c]·dy[r][c] + d[c]) + b[c]·(x[r][c] − center[c]), with the coefficients [center | a | b | d]: BatchNorm's
   * input gradient. A mask that is not 0 multiplies it where x > 0 or x is NaN and makes it 0 elsewhere: ReLU's gradient,
   * and Dropout's. */
  batchNormBackward(
    dy: Float32Array,
    x: Float32Array,
    rows: number,
    columns: number,
    coefficients: Float32Array,
    mask: number,
    dx: Float32Array,
  ): void;

  /** y[i] = a[i] + b[i]; y may be a or b. */
  add(a: Float32Array, b: Float32Array, y: Float32Array): void;

  /** relu of add; y may be a or b. */
  addRelu(a: Float32Array, b: Float32Array, y: Float32Array): void;

  /** y[i] = a[i]·b[i]; y may be a or b. */
  multiply(a: Float32Array, b: Float32Array, y: Float32Array): void;

  /** y = x where x > 0 or x is NaN, else 0. */
  relu(x: Float32Array, y: Float32Array): void;

  /** dx = dy where y > 0 or y is NaN, else 0. */
  reluBackward(y: Float32Array, dy: Float32Array, dx: Float32Array): void;

  /** y[i] = x[i]·scale where hash(key, i) ≥ threshold, else 0; see `hash` in tensor/random.ts. Its own backward. */
  dropout(x: Float32Array, y: Float32Array, key: HashKey, threshold: number, scale: number): void;

  /** One image: y[oy][ox][c] is the window's largest value and argmax its place in the window, the first of equals
   * in row-major order; a NaN wins, the last one of several (as PyTorch). */
  maxPool(x: Float32Array, window: PoolWindow, y: Float32Array, argmax: Int32Array): void;

  /** One image: dx = 0, then dx[place of the window's largest] += dy, windows in row-major order. */
  maxPoolBackward(dy: Float32Array, argmax: Int32Array, window: PoolWindow, dx: Float32Array): void;

  // BatchNorm and MaxPool2d of 2×2 windows that cover an H×W image, or several one below the other: H and W are even, C a
  // multiple of 16. Each gives the bits of the two kernels that it stands for, without an array between them.

  /** maxPool of scaleShift. */
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

  /** losses[r] = −Σc q[c]·log softmax(logits[r])[c]; dLogits[r] = (softmax(logits[r]) − q)·gradientScale, where q is
   * labelSmoothing / C for each class, and 1 − labelSmoothing more for targets[r]. */
  softmaxCrossEntropy(
    logits: Float32Array,
    rows: number,
    classes: number,
    targets: Int32Array,
    labelSmoothing: number,
    gradientScale: number,
    losses: Float64Array,
    dLogits: Float32Array,
  ): void;

  /** output[i] = slots[i] + slots[stride + i] + slots[2·stride + i] …, in slot order. */
  sumSlots(slots: Float32Array, count: number, stride: number, output: Float32Array): void;

  /** sums[0] = Σi x[i]², in float64: four sums, of the elements i mod 4, i ascending, are added in order. */
  sumSquares(x: Float32Array, sums: Float64Array): void;

  /** x[i] = x[i]·factor. */
  scale(x: Float32Array, factor: number): void;

  /** average[i] += (value[i] − average[i])·share. */
  average(value: Float32Array, share: number, average: Float32Array): void;

  /** PyTorch's SGD update on one slice; `momentumBuffer` is there when momentum is not 0. */
  sgd(
    parameter: Float32Array,
    gradient: Float32Array,
    momentumBuffer: Float32Array | undefined,
    update: SgdUpdate,
  ): void;

  /** PyTorch's update of Adam or AdamW on one slice; the square comes from (share·gradient)·gradient, which overflows less
   * soon than the plain square. */
  adam(
    parameter: Float32Array,
    gradient: Float32Array,
    expAvg: Float32Array,
    expAvgSq: Float32Array,
    update: AdamUpdate,
  ): void;
}
