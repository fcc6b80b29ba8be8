/** Reads a number of every cache line of so many bytes, so that what follows finds them in the cache. One behind the other they come from
 * memory nearly twice as fast as in a product's order, which reads panels a little at a time, side by side. */
export function touch(p: usize, bytes: usize): void {
  const end = p + bytes;
  for (; p + 512 <= end; p += 512) {
    load<i32>(p);
    load<i32>(p, 64);
    load<i32>(p, 128);
    load<i32>(p, 192);
    load<i32>(p, 256);
    load<i32>(p, 320);
    load<i32>(p, 384);
    load<i32>(p, 448);
  }
  for (; p < end; p += 64) load<i32>(p);
}
