// The weights' points, and their gradient from its points: eight outputs at a time.
import { fetchRows } from './fetch';
import { CHANNELS } from './points';
import * as strided from './stridedMaps';
import { weightGradients, weights } from './winogradMaps';

/** Six vectors of eight channels. */
const SIX: usize = 6 * CHANNELS;

export function winogradWeights(
  weight: usize,
  stride: i32,
  tapStride: usize,
  rows: i32,
  rowStride: usize,
  panel: usize,
  pointStride: usize,
  scratch: usize,
): void {
  for (let row = 0; row < rows; row++, weight += rowStride, panel += CHANNELS) {
    if (rowStride > CHANNELS && row % 16 === 0)
      for (let tap: usize = 0; tap < 9; tap++) fetchRows(weight + tap * tapStride, min(16, rows - row), CHANNELS, rowStride);
    for (let j: usize = 0; j < 3; j++) {
      const tap = weight + j * tapStride;
      const q = scratch + j * CHANNELS;
      if (stride === 1) weights(tap, 3 * tapStride, q, SIX);
      else strided.weights(tap, 3 * tapStride, q, SIX);
    }
    for (let i: usize = 0; i < 6; i++) {
      const line = scratch + i * SIX;
      const q = panel + 6 * i * pointStride;
      if (stride === 1) weights(line, CHANNELS, q, pointStride);
      else strided.weights(line, CHANNELS, q, pointStride);
    }
  }
}

export function winogradWeightGradient(
  points: usize,
  stride: i32,
  pointStride: usize,
  rows: i32,
  rowBytes: usize,
  gradient: usize,
  tapStride: usize,
  rowStride: usize,
  scratch: usize,
): void {
  for (let row = 0; row < rows; row++, points += rowBytes, gradient += rowStride) {
    for (let w: usize = 0; w < rowBytes; w += CHANNELS) {
      for (let j: usize = 0; j < 6; j++) {
        const p = points + w + j * pointStride;
        const q = scratch + j * CHANNELS;
        if (stride === 1) weightGradients(p, 6 * pointStride, q, SIX);
        else strided.weightGradients(p, 6 * pointStride, q, SIX);
      }
      for (let i: usize = 0; i < 3; i++) {
        const line = scratch + i * SIX;
        const q = gradient + w + 3 * i * tapStride;
        if (stride === 1) weightGradients(line, CHANNELS, q, tapStride);
        else strided.weightGradients(line, CHANNELS, q, tapStride);
      }
    }
  }
}
