import type { FactorKernels } from '../contract/factors.js';

export const factorKernels: FactorKernels = {
  multiplyRows(x, rows, columns, factors, y) {
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) y[r * columns + c] = x[r * columns + c] * factors[c];
  },

  columnProductSums(a, b, rows, columns, sums) {
    for (let c = 0; c < columns; c++) {
      let sum = 0;
      for (let i = c; i < rows * columns; i += columns) sum += a[i] * b[i];
      sums[c] = sum;
    }
  },
};
