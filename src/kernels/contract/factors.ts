/** A factor for each channel of an image's rows, as squeeze-and-excitation has it. */
export interface FactorKernels {
  /** y[r][c] = x[r][c]·factors[c]. */
  multiplyRows(x: Float32Array, rows: number, columns: number, factors: Float32Array, y: Float32Array): void;

  /** sums[c] = Σr a[r][c]·b[r][c], r ascending; products and sums are float64. */
  columnProductSums(a: Float32Array, b: Float32Array, rows: number, columns: number, sums: Float32Array): void;
}
