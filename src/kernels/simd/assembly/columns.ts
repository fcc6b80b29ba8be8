// Vectors at the right edge of a matrix: only the columns that exist are read and written.

@inline
/** The first `valid` of four floats at `p`; the other lanes are 0. */
export function loadColumns(p: usize, valid: i32): v128 {
  return valid >= 4 ? v128.load(p) : loadEdge(p, valid);
}

function loadEdge(p: usize, valid: i32): v128 {
  let v = f32x4.splat(0);
  if (valid > 0) v = v128.load_lane<f32>(p, v, 0);
  if (valid > 1) v = v128.load_lane<f32>(p, v, 1, 4);
  if (valid > 2) v = v128.load_lane<f32>(p, v, 2, 8);
  return v;
}

/** Stores the first `valid` of four floats. */
@inline
export function storeColumns(p: usize, v: v128, valid: i32): void {
  if (valid >= 4) v128.store(p, v);
  else storeEdge(p, v, valid);
}

@inline
function storeEdge(p: usize, v: v128, valid: i32): void {
  if (valid <= 0) return;
  if (valid & 2) v128.store_lane<u64>(p, v, 0);
  if (valid === 3) v128.store_lane<f32>(p, v, 2, 8);
  else if (valid === 1) v128.store_lane<f32>(p, v, 0);
}

/** Stores eight numbers, the high ones first: fused in the other order, V8 of Node 26 stores the low ones twice. */
@inline
export function storePair(p: usize, low: v128, high: v128): void {
  v128.store(p, high, 16);
  v128.store(p, low);
}
