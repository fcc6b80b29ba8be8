// A processor fetches ahead where it reads on and on. Where work goes through memory in many short pieces it asks for some
// lines at a time and waits for each, unless all of them are asked for at once before.

/** Reads a byte of every line of memory, 64 bytes, from p on. */
export function fetch(p: usize, bytes: usize): void {
  const end = p + bytes;
  for (; p + 512 <= end; p += 512) {
    load<u8>(p);
    load<u8>(p, 64);
    load<u8>(p, 128);
    load<u8>(p, 192);
    load<u8>(p, 256);
    load<u8>(p, 320);
    load<u8>(p, 384);
    load<u8>(p, 448);
  }
  for (; p < end; p += 64) load<u8>(p);
}

/** The same with rows. */
export function fetchRows(p: usize, rows: i32, rowBytes: usize, stride: usize): void {
  if (rowBytes === stride) fetch(p, <usize>rows * stride);
  else for (; rows > 0; rows--, p += stride) fetch(p, rowBytes);
}
