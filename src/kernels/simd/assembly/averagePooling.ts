import { loadColumns, storeColumns, storeFour } from './columns';
import { demoted, high, low } from './columnSums';

// Sixteen channels at a time, a cache line, and what is left in fours.
const SIXTEEN: usize = 64;

// A window along a height or a width is three numbers.
const WINDOW: usize = 12;

@inline
function firstOf(windows: usize, i: i32): i32 {
  return load<i32>(windows + <usize>i * WINDOW);
}

@inline
function endOf(windows: usize, i: i32): i32 {
  return load<i32>(windows + <usize>i * WINDOW, 4);
}

@inline
function sizeOf(windows: usize, i: i32): f64 {
  return <f64>load<i32>(windows + <usize>i * WINDOW, 8);
}

export function averagePool(
  x: usize,
  width: i32,
  channels: i32,
  rows: usize,
  rowNumbers: i32,
  columns: usize,
  columnNumbers: i32,
  y: usize,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>width * pixel;
  const outputHeight = rowNumbers / 3;
  const outputWidth = columnNumbers / 3;
  for (let oy = 0; oy < outputHeight; oy++) {
    const top = x + <usize>firstOf(rows, oy) * line;
    const down = <usize>(endOf(rows, oy) - firstOf(rows, oy)) * line;
    for (let ox = 0; ox < outputWidth; ox++, y += pixel) {
      const corner = top + <usize>firstOf(columns, ox) * pixel;
      const across = <usize>(endOf(columns, ox) - firstOf(columns, ox)) * pixel;
      const size = f64x2.splat(sizeOf(rows, oy) * sizeOf(columns, ox));
      let c: usize = 0;
      for (; c + SIXTEEN <= pixel; c += SIXTEEN) averageSixteen(corner + c, down, across, line, pixel, size, y + c);
      for (; c < pixel; c += 16) {
        const valid = <i32>((pixel - c) >> 2);
        let sum0 = f64x2.splat(0);
        let sum1 = f64x2.splat(0);
        const bottom = corner + c + down;
        for (let row = corner + c; row < bottom; row += line) {
          for (let p = row; p < row + across; p += pixel) {
            const value = loadColumns(p, valid);
            sum0 = f64x2.add(sum0, low(value));
            sum1 = f64x2.add(sum1, high(value));
          }
        }
        storeColumns(y + c, demoted(f64x2.div(sum0, size), f64x2.div(sum1, size)), valid);
      }
    }
  }
}

/** Of a window so many bytes down and across. */
@inline
function averageSixteen(
  corner: usize,
  down: usize,
  across: usize,
  line: usize,
  pixel: usize,
  size: v128,
  y: usize,
): void {
  let sum0 = f64x2.splat(0);
  let sum1 = f64x2.splat(0);
  let sum2 = f64x2.splat(0);
  let sum3 = f64x2.splat(0);
  let sum4 = f64x2.splat(0);
  let sum5 = f64x2.splat(0);
  let sum6 = f64x2.splat(0);
  let sum7 = f64x2.splat(0);
  for (let row = corner; row < corner + down; row += line) {
    for (let p = row; p < row + across; p += pixel) {
      sum0 = f64x2.add(sum0, pairAt(p));
      sum1 = f64x2.add(sum1, pairAt(p + 8));
      sum2 = f64x2.add(sum2, pairAt(p + 16));
      sum3 = f64x2.add(sum3, pairAt(p + 24));
      sum4 = f64x2.add(sum4, pairAt(p + 32));
      sum5 = f64x2.add(sum5, pairAt(p + 40));
      sum6 = f64x2.add(sum6, pairAt(p + 48));
      sum7 = f64x2.add(sum7, pairAt(p + 56));
    }
  }
  const y0 = demoted(f64x2.div(sum0, size), f64x2.div(sum1, size));
  const y1 = demoted(f64x2.div(sum2, size), f64x2.div(sum3, size));
  const y2 = demoted(f64x2.div(sum4, size), f64x2.div(sum5, size));
  const y3 = demoted(f64x2.div(sum6, size), f64x2.div(sum7, size));
  storeFour(y, y0, y1, y2, y3);
}

/** Two float32 numbers in memory as float64. */
@inline
function pairAt(p: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load_zero<u64>(p));
}

/** The first window from one on that ends behind a place. */
@inline
function firstWith(windows: usize, count: i32, from: i32, place: i32): i32 {
  let i = from;
  while (i < count && endOf(windows, i) <= place) i++;
  return i;
}

/** The first window from one on that begins behind a place. */
@inline
function firstBehind(windows: usize, count: i32, from: i32, place: i32): i32 {
  let i = from;
  while (i < count && firstOf(windows, i) <= place) i++;
  return i;
}

// A line of pixels in the same windows as the line before it has its gradients, and so has a pixel.
export function averagePoolBackward(
  dy: usize,
  rows: usize,
  rowNumbers: i32,
  columns: usize,
  columnNumbers: i32,
  height: i32,
  width: i32,
  channels: i32,
  dx: usize,
): void {
  const pixel = <usize>channels << 2;
  const line = <usize>width * pixel;
  const outputHeight = rowNumbers / 3;
  const outputWidth = columnNumbers / 3;
  let first = 0;
  let end = 0;
  for (let y = 0; y < height; y++, dx += line) {
    const lastFirst = first;
    const lastEnd = end;
    first = firstWith(rows, outputHeight, first, y);
    end = firstBehind(rows, outputHeight, end, y);
    if (y > 0 && first === lastFirst && end === lastEnd) memory.copy(dx, dx - line, line);
    else lineGradient(dy, rows, first, end, columns, outputWidth, width, pixel, dx);
  }
}

/** Of a line in the windows of rows `firstY` … `endY` − 1. */
function lineGradient(
  dy: usize,
  rows: usize,
  firstY: i32,
  endY: i32,
  columns: usize,
  outputWidth: i32,
  width: i32,
  pixel: usize,
  dx: usize,
): void {
  let first = 0;
  let end = 0;
  for (let x = 0; x < width; x++, dx += pixel) {
    const lastFirst = first;
    const lastEnd = end;
    first = firstWith(columns, outputWidth, first, x);
    end = firstBehind(columns, outputWidth, end, x);
    const isSame = x > 0 && first === lastFirst && end === lastEnd;
    for (let c: usize = 0; c < pixel; c += 16) {
      const valid = <i32>((pixel - c) >> 2);
      if (isSame) {
        storeColumns(dx + c, loadColumns(dx + c - pixel, valid), valid);
        continue;
      }
      let sum0 = f64x2.splat(0);
      let sum1 = f64x2.splat(0);
      for (let oy = firstY; oy < endY; oy++) {
        for (let ox = first; ox < end; ox++) {
          const size = f64x2.splat(sizeOf(rows, oy) * sizeOf(columns, ox));
          const upstream = loadColumns(dy + <usize>(oy * outputWidth + ox) * pixel + c, valid);
          sum0 = f64x2.add(sum0, f64x2.div(low(upstream), size));
          sum1 = f64x2.add(sum1, f64x2.div(high(upstream), size));
        }
      }
      storeColumns(dx + c, demoted(sum0, sum1), valid);
    }
  }
}
