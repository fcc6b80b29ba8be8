import type { PointStrides, TileCounts, Tiles } from '../tiles.js';

/** Winograd's convolutions of 3×3 with stride 1 or 2, on tiles of an image. */
export interface WinogradKernels {
  /** For each point, output[t][n] = Σk points[t][k]·weights[k][n] over the tiles t that have it, k ascending: the points
   * of a convolution's output, or if `transposed`, with transposed weights, those of the input's gradient from the output's.
   * With stride 2 several of an input's points have one of the output's: their sums are added in order. `depth` and `columns`
   * are multiples of 8; the weights of a point are panels, at weightStride from those of the next (see WEIGHT_POINTS). With
   * stride 1 point follows point, so that the output of one may lie where those before it were read. */
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
    transposed: boolean,
  ): void;

  /** For each point p of the weights, gradient[p·gradientStride + k·columns + n] = Σt points[t][k]·upstream[t][n], t ascending,
   * with `accumulate` added to what it was; of several points with these weights the sums are added in order. `depth` and `columns`, the numbers of k and n, are multiples of 8. */
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
   * min(max(affine of that, affineFloor), affineCeiling). */
  winogradOutput(
    points: Float32Array,
    strides: PointStrides,
    tiles: Tiles,
    bias: Float32Array | undefined,
    floor: number,
    affine: Float32Array | undefined,
    affineFloor: number,
    affineCeiling: number,
    image: Float32Array,
    scratch: Float32Array,
  ): void;

  /** The gradient of the output's points from that of a row of tiles of the output: A dY Aᵀ. */
  winogradOutputGradient: WinogradKernels['winogradInput'];

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
    stride: 1 | 2,
    tapStride: number,
    rows: number,
    rowStride: number,
    panel: Float32Array,
    pointStride: number,
    scratch: Float32Array,
  ): void;

  /** gradient[t·tapStride + k·rowStride + n], for each tap t, row k and column n, from the gradient of the points,
   * points[p·pointStride + k·columns + n]: Gᵀ dU G. `columns` is a multiple of 8. */
  winogradWeightGradient(
    points: Float32Array,
    stride: 1 | 2,
    pointStride: number,
    rows: number,
    columns: number,
    gradient: Float32Array,
    tapStride: number,
    rowStride: number,
    scratch: Float32Array,
  ): void;
}
