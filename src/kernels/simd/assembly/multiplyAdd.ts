/** x·b + c. Product and sum are rounded apart here; the relaxed build takes ./relaxedMultiplyAdd.ts instead. */
@inline
export function multiplyAdd(x: v128, b: v128, c: v128): v128 {
  return f32x4.add(c, f32x4.mul(x, b));
}
