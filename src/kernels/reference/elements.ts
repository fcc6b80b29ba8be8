import { hash } from '../../tensor/random.js';
import type { ElementKernels } from '../contract/elements.js';

export const elementKernels: ElementKernels = {
  add(a, b, y) {
    for (let i = 0; i < a.length; i++) y[i] = a[i] + b[i];
  },

  addRelu(a, b, y) {
    for (let i = 0; i < a.length; i++) y[i] = Math.max(a[i] + b[i], 0);
  },

  multiply(a, b, y) {
    for (let i = 0; i < a.length; i++) y[i] = a[i] * b[i];
  },

  relu(x, y) {
    for (let i = 0; i < x.length; i++) y[i] = Math.max(x[i], 0);
  },

  reluColumns(y, rows, columns, stride) {
    for (let r = 0; r < rows; r++) for (let i = r * stride; i < r * stride + columns; i++) y[i] = Math.max(y[i], 0);
  },

  reluBackward(y, dy, dx) {
    for (let i = 0; i < y.length; i++) dx[i] = y[i] <= 0 ? 0 : dy[i];
  },

  dropout(x, y, key, threshold, scale) {
    const factor = Math.fround(scale);
    for (let i = 0; i < x.length; i++) y[i] = hash(key, i) >= threshold ? x[i] * factor : 0;
  },
};
