// The gradient of Winograd's weights at each point: see ./products.ts.
import { multiplyAdd } from './multiplyAdd';
import { channelOffset, firstTile, TILE_STRIDE, tileCount } from './points';

function productTransposed(
  a: usize,
  aBlockStride: usize,
  b: usize,
  bBlockStride: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  output: usize,
  outputStride: usize,
  accumulate: bool,
): void {
  for (let n = 0; n < columns; n += 8) {
    for (let k = 0; k < depth; k += 4) {
      let c00 = f32x4.splat(0);
      let c01 = f32x4.splat(0);
      let c10 = f32x4.splat(0);
      let c11 = f32x4.splat(0);
      let c20 = f32x4.splat(0);
      let c21 = f32x4.splat(0);
      let c30 = f32x4.splat(0);
      let c31 = f32x4.splat(0);
      let p = a + channelOffset(<usize>k << 2, aBlockStride);
      let r = b + channelOffset(<usize>n << 2, bBlockStride);
      for (let m = 0; m < rows; m++, p += TILE_STRIDE, r += TILE_STRIDE) {
        const b0 = v128.load(r);
        const b1 = v128.load(r, 16);
        const x0 = v128.load32_splat(p);
        c00 = multiplyAdd(x0, b0, c00);
        c01 = multiplyAdd(x0, b1, c01);
        const x1 = v128.load32_splat(p, 4);
        c10 = multiplyAdd(x1, b0, c10);
        c11 = multiplyAdd(x1, b1, c11);
        const x2 = v128.load32_splat(p, 8);
        c20 = multiplyAdd(x2, b0, c20);
        c21 = multiplyAdd(x2, b1, c21);
        const x3 = v128.load32_splat(p, 12);
        c30 = multiplyAdd(x3, b0, c30);
        c31 = multiplyAdd(x3, b1, c31);
      }
      const q0 = output + <usize>k * outputStride + (<usize>n << 2);
      const q1 = q0 + outputStride;
      const q2 = q1 + outputStride;
      const q3 = q2 + outputStride;
      if (accumulate) {
        const t00 = v128.load(q0);
        const t01 = v128.load(q0, 16);
        v128.store(q0, f32x4.add(t00, c00));
        v128.store(q0, f32x4.add(t01, c01), 16);
        const t10 = v128.load(q1);
        const t11 = v128.load(q1, 16);
        v128.store(q1, f32x4.add(t10, c10));
        v128.store(q1, f32x4.add(t11, c11), 16);
        const t20 = v128.load(q2);
        const t21 = v128.load(q2, 16);
        v128.store(q2, f32x4.add(t20, c20));
        v128.store(q2, f32x4.add(t21, c21), 16);
        const t30 = v128.load(q3);
        const t31 = v128.load(q3, 16);
        v128.store(q3, f32x4.add(t30, c30));
        v128.store(q3, f32x4.add(t31, c31), 16);
      } else {
        v128.store(q0, c00);
        v128.store(q0, c01, 16);
        v128.store(q1, c10);
        v128.store(q1, c11, 16);
        v128.store(q2, c20);
        v128.store(q2, c21, 16);
        v128.store(q3, c30);
        v128.store(q3, c31, 16);
      }
    }
  }
}

function productTransposedWide(
  a: usize,
  aBlockStride: usize,
  b: usize,
  bBlockStride: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  output: usize,
  outputStride: usize,
  accumulate: bool,
): void {
  let n = 0;
  for (; n + 16 <= columns; n += 16) {
    for (let k = 0; k < depth; k += 4) {
      let c00 = f32x4.splat(0);
      let c01 = f32x4.splat(0);
      let c02 = f32x4.splat(0);
      let c03 = f32x4.splat(0);
      let c10 = f32x4.splat(0);
      let c11 = f32x4.splat(0);
      let c12 = f32x4.splat(0);
      let c13 = f32x4.splat(0);
      let c20 = f32x4.splat(0);
      let c21 = f32x4.splat(0);
      let c22 = f32x4.splat(0);
      let c23 = f32x4.splat(0);
      let c30 = f32x4.splat(0);
      let c31 = f32x4.splat(0);
      let c32 = f32x4.splat(0);
      let c33 = f32x4.splat(0);
      let p = a + channelOffset(<usize>k << 2, aBlockStride);
      let r = b + channelOffset(<usize>n << 2, bBlockStride);
      for (let m = 0; m < rows; m++, p += TILE_STRIDE, r += TILE_STRIDE) {
        const b0 = v128.load(r);
        const b1 = v128.load(r, 16);
        const b2 = v128.load(r, 32);
        const b3 = v128.load(r, 48);
        const x0 = v128.load32_splat(p);
        c00 = multiplyAdd(x0, b0, c00);
        c01 = multiplyAdd(x0, b1, c01);
        c02 = multiplyAdd(x0, b2, c02);
        c03 = multiplyAdd(x0, b3, c03);
        const x1 = v128.load32_splat(p, 4);
        c10 = multiplyAdd(x1, b0, c10);
        c11 = multiplyAdd(x1, b1, c11);
        c12 = multiplyAdd(x1, b2, c12);
        c13 = multiplyAdd(x1, b3, c13);
        const x2 = v128.load32_splat(p, 8);
        c20 = multiplyAdd(x2, b0, c20);
        c21 = multiplyAdd(x2, b1, c21);
        c22 = multiplyAdd(x2, b2, c22);
        c23 = multiplyAdd(x2, b3, c23);
        const x3 = v128.load32_splat(p, 12);
        c30 = multiplyAdd(x3, b0, c30);
        c31 = multiplyAdd(x3, b1, c31);
        c32 = multiplyAdd(x3, b2, c32);
        c33 = multiplyAdd(x3, b3, c33);
      }
      const q0 = output + <usize>k * outputStride + (<usize>n << 2);
      const q1 = q0 + outputStride;
      const q2 = q1 + outputStride;
      const q3 = q2 + outputStride;
      if (accumulate) {
        const t00 = v128.load(q0);
        const t01 = v128.load(q0, 16);
        const t02 = v128.load(q0, 32);
        const t03 = v128.load(q0, 48);
        v128.store(q0, f32x4.add(t00, c00));
        v128.store(q0, f32x4.add(t01, c01), 16);
        v128.store(q0, f32x4.add(t02, c02), 32);
        v128.store(q0, f32x4.add(t03, c03), 48);
        const t10 = v128.load(q1);
        const t11 = v128.load(q1, 16);
        const t12 = v128.load(q1, 32);
        const t13 = v128.load(q1, 48);
        v128.store(q1, f32x4.add(t10, c10));
        v128.store(q1, f32x4.add(t11, c11), 16);
        v128.store(q1, f32x4.add(t12, c12), 32);
        v128.store(q1, f32x4.add(t13, c13), 48);
        const t20 = v128.load(q2);
        const t21 = v128.load(q2, 16);
        const t22 = v128.load(q2, 32);
        const t23 = v128.load(q2, 48);
        v128.store(q2, f32x4.add(t20, c20));
        v128.store(q2, f32x4.add(t21, c21), 16);
        v128.store(q2, f32x4.add(t22, c22), 32);
        v128.store(q2, f32x4.add(t23, c23), 48);
        const t30 = v128.load(q3);
        const t31 = v128.load(q3, 16);
        const t32 = v128.load(q3, 32);
        const t33 = v128.load(q3, 48);
        v128.store(q3, f32x4.add(t30, c30));
        v128.store(q3, f32x4.add(t31, c31), 16);
        v128.store(q3, f32x4.add(t32, c32), 32);
        v128.store(q3, f32x4.add(t33, c33), 48);
      } else {
        v128.store(q0, c00);
        v128.store(q0, c01, 16);
        v128.store(q0, c02, 32);
        v128.store(q0, c03, 48);
        v128.store(q1, c10);
        v128.store(q1, c11, 16);
        v128.store(q1, c12, 32);
        v128.store(q1, c13, 48);
        v128.store(q2, c20);
        v128.store(q2, c21, 16);
        v128.store(q2, c22, 32);
        v128.store(q2, c23, 48);
        v128.store(q3, c30);
        v128.store(q3, c31, 16);
        v128.store(q3, c32, 32);
        v128.store(q3, c33, 48);
      }
    }
  }
  if (n < columns)
    productTransposed(
      a,
      aBlockStride,
      b + channelOffset(<usize>n << 2, bBlockStride),
      bBlockStride,
      rows,
      depth,
      columns - n,
      output + (<usize>n << 2),
      outputStride,
      accumulate,
    );
}

@inline
function atEveryPoint(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  upstream: usize,
  upstreamPointStride: usize,
  upstreamBlockStride: usize,
  right: i32,
  body: i32,
  bottom: i32,
  corner: i32,
  depth: i32,
  columns: i32,
  gradient: usize,
  gradientStride: usize,
  accumulate: bool,
  wide: bool,
): void {
  const rowBytes = <usize>columns << 2;
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      const first = <usize>firstTile(j, right);
      const count = tileCount(i, j, right, body, bottom, corner);
      const a = points + first * TILE_STRIDE;
      const b = upstream + first * TILE_STRIDE;
      // Without tiles there is nothing to add: −0 must not become 0.
      if (count > 0 || !accumulate) {
        if (wide)
          productTransposedWide(a, blockStride, b, upstreamBlockStride, count, depth, columns, gradient, rowBytes, accumulate);
        else productTransposed(a, blockStride, b, upstreamBlockStride, count, depth, columns, gradient, rowBytes, accumulate);
      }
      points += pointStride;
      upstream += upstreamPointStride;
      gradient += gradientStride;
    }
  }
}

export function winogradWeightProducts(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  upstream: usize,
  upstreamPointStride: usize,
  upstreamBlockStride: usize,
  right: i32,
  body: i32,
  bottom: i32,
  corner: i32,
  depth: i32,
  columns: i32,
  gradient: usize,
  gradientStride: usize,
  accumulate: bool,
): void {
  atEveryPoint(points, pointStride, blockStride, upstream, upstreamPointStride, upstreamBlockStride, right, body, bottom, corner, depth, columns, gradient, gradientStride, accumulate, false);
}

export function winogradWeightProductsWide(
  points: usize,
  pointStride: usize,
  blockStride: usize,
  upstream: usize,
  upstreamPointStride: usize,
  upstreamBlockStride: usize,
  right: i32,
  body: i32,
  bottom: i32,
  corner: i32,
  depth: i32,
  columns: i32,
  gradient: usize,
  gradientStride: usize,
  accumulate: bool,
): void {
  atEveryPoint(points, pointStride, blockStride, upstream, upstreamPointStride, upstreamBlockStride, right, body, bottom, corner, depth, columns, gradient, gradientStride, accumulate, true);
}
