// Where Winograd's points lie: see PointStrides in ../../kernels.ts. In bytes here.

/** Between two tiles. The products' addresses have it built in, also times 2 and 3. */
export const TILE_STRIDE: usize = 288;

/** Of a channel, given as bytes from the first one. */
@inline
export function channelOffset(c: usize, blockStride: usize): usize {
  return (c >> 8) * blockStride + (c & 255);
}
