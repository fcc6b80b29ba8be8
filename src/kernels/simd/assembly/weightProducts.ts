// The gradient of Winograd's weights at each point: see ./products.ts.
import { channelOffset, endOfPoints, FEW_COLUMNS, fetchPoint, firstTile, outputPoint, TILE_STRIDE, tileCount, WEIGHT_POINTS } from './points';
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
  stride: i32,
  depth: i32,
  columns: i32,
  gradient: usize,
  gradientStride: usize,
  accumulate: bool,
  wide: bool,
): void {
  const rowBytes = <usize>columns << 2;
  const linePoints = endOfPoints(WEIGHT_POINTS - 1, stride);
  for (let u = 0; u < WEIGHT_POINTS; u++) {
    for (let v = 0; v < WEIGHT_POINTS; v++, gradient += gradientStride) {
      for (let i = u; i < endOfPoints(u, stride); i++) {
        for (let j = v; j < endOfPoints(v, stride); j++) {
          const point = <usize>(i * linePoints + j);
          const first = <usize>firstTile(j, right);
          const count = tileCount(i, j, right, body, bottom, corner);
          const added = accumulate || i > u || j > v;
          // Without tiles there is nothing to add: −0 must not become 0.
          if (count === 0 && added) continue;
          const a = points + point * pointStride + first * TILE_STRIDE;
          const b = upstream + <usize>outputPoint(i, j, stride) * upstreamPointStride + first * TILE_STRIDE;
          const whole = wide ? columns & ~15 : 0;
          if (columns <= FEW_COLUMNS) fetchPoint(a, blockStride, count, depth);
          if (columns <= FEW_COLUMNS) fetchPoint(b, upstreamBlockStride, count, columns);
          if (wide)
            productTransposedWide(a, blockStride, b, upstreamBlockStride, count, depth, whole, gradient, rowBytes, added);
          const rest = b + channelOffset(<usize>whole << 2, upstreamBlockStride);
          const q = gradient + (<usize>whole << 2);
          productTransposed(a, blockStride, rest, upstreamBlockStride, count, depth, columns - whole, q, rowBytes, added);
        }
      }
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
  stride: i32,
  depth: i32,
  columns: i32,
  gradient: usize,
  gradientStride: usize,
  accumulate: bool,
): void {
  atEveryPoint(points, pointStride, blockStride, upstream, upstreamPointStride, upstreamBlockStride, right, body, bottom, corner, stride, depth, columns, gradient, gradientStride, accumulate, false);
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
  stride: i32,
  depth: i32,
  columns: i32,
  gradient: usize,
  gradientStride: usize,
  accumulate: bool,
): void {
  atEveryPoint(points, pointStride, blockStride, upstream, upstreamPointStride, upstreamBlockStride, right, body, bottom, corner, stride, depth, columns, gradient, gradientStride, accumulate, true);
}
