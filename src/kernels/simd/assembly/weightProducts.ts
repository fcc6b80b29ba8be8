// The gradient of Winograd's weights at each point: see ./products.ts.
import { channelOffset, firstTile, TILE_STRIDE, tileCount } from './points';
import { productTransposed, productTransposedWide } from './winogradWeightTiles';

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
        const whole = wide ? columns & ~15 : 0;
        if (wide)
          productTransposedWide(a, blockStride, b, upstreamBlockStride, count, depth, whole, gradient, rowBytes, accumulate);
        const rest = b + channelOffset(<usize>whole << 2, upstreamBlockStride);
        const q = gradient + (<usize>whole << 2);
        productTransposed(a, blockStride, rest, upstreamBlockStride, count, depth, columns - whole, q, rowBytes, accumulate);
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
