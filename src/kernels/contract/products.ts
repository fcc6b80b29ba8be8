import type { Patches } from '../patches.js';

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
