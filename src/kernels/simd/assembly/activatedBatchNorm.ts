import { HARDSWISH, SILU } from '../../activation';
import { gradient, value } from './activations';
import { affine, affineColumns, affineNext } from './batchNorm';
import { loadColumns, storeColumns, storePair } from './columns';
import { clearMoments } from './columnSums';
import { addMoments } from './gradientMoments';

// SiLU and Hardswish of what BatchNorm makes, in one pass. Each has a loop in a function of its own: of two in one function, alike
// but for a constant, the compiler makes one that asks for the constant in each turn.

@inline
function activate(activation: i32, x: usize, rows: i32, columns: i32, stride: usize, center: usize, y: usize): void {
  const none = f32x4.splat(0);
  const rowBytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += stride, y += stride) {
    let c: usize = 0;
    for (; c + 32 <= rowBytes; c += 32) {
      const y1 = value(activation, affineNext(v128.load(x + c, 16), center + c, stride), none);
      const y0 = value(activation, affine(v128.load(x + c), center + c, stride), none);
      storePair(y + c, y0, y1);
    }
    for (; c < rowBytes; c += 16) {
      const valid = <i32>((rowBytes - c) >> 2);
      storeColumns(y + c, value(activation, affineColumns(x + c, center + c, stride, valid), none), valid);
    }
  }
}

function silu(x: usize, rows: i32, columns: i32, stride: usize, center: usize, y: usize): void {
  activate(SILU, x, rows, columns, stride, center, y);
}

function hardswish(x: usize, rows: i32, columns: i32, stride: usize, center: usize, y: usize): void {
  activate(HARDSWISH, x, rows, columns, stride, center, y);
}

export function scaleShiftActivation(
  x: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  center: usize,
  activation: i32,
  y: usize,
): void {
  if (activation === SILU) silu(x, rows, columns, stride, center, y);
  else hardswish(x, rows, columns, stride, center, y);
}

/** Writes the function's gradient over dy. */
@inline
function activateBack(
  activation: i32,
  x: usize,
  rows: i32,
  columns: i32,
  stride: usize,
  center: usize,
  dy: usize,
): void {
  const none = f32x4.splat(0);
  const rowBytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += stride, dy += stride) {
    let c: usize = 0;
    for (; c + 32 <= rowBytes; c += 32) {
      const z0 = affine(v128.load(x + c), center + c, stride);
      const z1 = affineNext(v128.load(x + c, 16), center + c, stride);
      const dz0 = gradient(activation, z0, v128.load(dy + c), none);
      const dz1 = gradient(activation, z1, v128.load(dy + c, 16), none);
      storePair(dy + c, dz0, dz1);
    }
    for (; c < rowBytes; c += 16) {
      const valid = <i32>((rowBytes - c) >> 2);
      const z = affineColumns(x + c, center + c, stride, valid);
      storeColumns(dy + c, gradient(activation, z, loadColumns(dy + c, valid), none), valid);
    }
  }
}

function siluBack(x: usize, rows: i32, columns: i32, stride: usize, center: usize, dy: usize): void {
  activateBack(SILU, x, rows, columns, stride, center, dy);
}

function hardswishBack(x: usize, rows: i32, columns: i32, stride: usize, center: usize, dy: usize): void {
  activateBack(HARDSWISH, x, rows, columns, stride, center, dy);
}

export function activationGradientMoments(
  center: usize,
  activation: i32,
  dy: usize,
  x: usize,
  samples: usize,
  shards: i32,
  perSample: i32,
  columns: i32,
  stride: usize,
  sums: usize,
  scratch: usize,
): void {
  for (let shard = 0; shard < shards; shard++, samples += 4, sums += stride << 2) {
    clearMoments(sums, columns);
    for (let left = load<i32>(samples) * perSample; left > 0; left -= 16) {
      const count = min(16, left);
      if (activation === SILU) siluBack(x, count, columns, stride, center, dy);
      else hardswishBack(x, count, columns, stride, center, dy);
      addMoments(dy, x, center, count, columns, stride, sums, scratch);
      x += <usize>count * stride;
      dy += <usize>count * stride;
    }
  }
}
