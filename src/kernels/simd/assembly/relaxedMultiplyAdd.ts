/** x·b + c, rounded once on processors that multiply and add in one instruction, and twice on others. */
@inline
export function multiplyAdd(x: v128, b: v128, c: v128): v128 {
  return f32x4.relaxed_madd(x, b, c);
}
