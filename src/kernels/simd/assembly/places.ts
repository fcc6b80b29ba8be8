/** How many of `count` places, first, first + step, …, lie before a bound. */
@inline
export function placesBefore(bound: i32, first: i32, step: i32, count: i32): i32 {
  return first >= bound ? 0 : min(count, (bound - first + step - 1) / step);
}
