// The weights' points, and their gradient from its points: eight outputs at a time.
import { CHANNELS } from './points';
import { weightGradients, weights } from './winogradMaps';

/** Six vectors of eight channels. */
const SIX: usize = 6 * CHANNELS;

export function winogradWeights(
  weight: usize,
  tapStride: usize,
  rows: i32,
  rowStride: usize,
  panel: usize,
  pointStride: usize,
  scratch: usize,
): void {
  for (let row = 0; row < rows; row++, weight += rowStride, panel += CHANNELS) {
    for (let j: usize = 0; j < 3; j++)
      weights(weight + j * tapStride, 3 * tapStride, scratch + j * CHANNELS, SIX);
    for (let i: usize = 0; i < 6; i++)
      weights(scratch + i * SIX, CHANNELS, panel + 6 * i * pointStride, pointStride);
  }
}

export function winogradWeightGradient(
  points: usize,
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
      for (let j: usize = 0; j < 6; j++)
        weightGradients(points + w + j * pointStride, 6 * pointStride, scratch + j * CHANNELS, SIX);
      for (let i: usize = 0; i < 3; i++)
        weightGradients(scratch + i * SIX, CHANNELS, gradient + w + 3 * i * tapStride, tapStride);
    }
  }
}
