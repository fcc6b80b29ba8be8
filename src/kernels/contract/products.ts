import type { Patches } from '../patches.js';

/** Windows of taps in the rows of an H×W×C image, of which the first begins at row `top` and column `left`. */
export interface Unfolding {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly groupChannels: number;
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly windows: number;
  readonly stride: number;
  readonly taps: number;
  readonly dilation: number;
}

/** Products of matrices, of which one may be an image's patches. */
export interface ProductKernels {
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

  /** target[r][w][t] = the first `groupChannels` channels of the pixel at row top + r and column left + w·stride + t·dilation;
   * zeros outside. */
  unfoldRows(source: Float32Array, unfolding: Unfolding, target: Float32Array): void;

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
}
