/** A 3×3 convolution of images in NCHW order. */
export interface ConvolutionSize {
  readonly samples: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly height: number;
  readonly width: number;
  readonly padding: number;
  /** Default 1. */
  readonly stride?: number;
}

/** Its output for x, and the gradients of input and weight for dy, in float64 by the definition; without a bias. */
export function directConvolution(
  { samples, inChannels, outChannels, height, width, padding, stride = 1 }: ConvolutionSize,
  x: Float32Array,
  weight: Float32Array,
  dy: Float32Array,
) {
  const outHeight = Math.floor((height + 2 * padding - 3) / stride) + 1;
  const outWidth = Math.floor((width + 2 * padding - 3) / stride) + 1;
  const [y, dx, dWeight] = [dy, x, weight].map(({ length }) => new Float64Array(length));
  for (let n = 0; n < samples; n++)
    for (let o = 0; o < outChannels; o++)
      for (let c = 0; c < inChannels; c++)
        for (let tap = 0; tap < 9; tap++) {
          const w = (o * inChannels + c) * 9 + tap;
          const [down, right] = [Math.floor(tap / 3) - padding, (tap % 3) - padding];
          const [firstRow, firstColumn] = [down, right].map((from) => Math.max(0, Math.ceil(-from / stride)));
          for (let oy = firstRow; oy < outHeight && stride * oy + down < height; oy++) {
            const toRow = ((n * outChannels + o) * outHeight + oy) * outWidth;
            const fromRow = ((n * inChannels + c) * height + stride * oy + down) * width + right;
            for (let ox = firstColumn; ox < outWidth && stride * ox + right < width; ox++) {
              const [to, from] = [toRow + ox, fromRow + stride * ox];
              y[to] += x[from] * weight[w];
              dx[from] += dy[to] * weight[w];
              dWeight[w] += dy[to] * x[from];
            }
          }
        }
  return { y, dx, dWeight };
}

/** The errors' root mean square and the largest one, as shares of the root mean square of what is right. */
export function errorsOf(found: ArrayLike<number>, exact: Float64Array): { rms: number; largest: number } {
  if (found.length !== exact.length) throw new Error(`${found.length} numbers, expected ${exact.length}`);
  let [squares, size, largest] = [0, 0, 0];
  for (let i = 0; i < exact.length; i++) {
    const error = Math.abs(found[i] - exact[i]);
    squares += error ** 2;
    size += exact[i] ** 2;
    // Not Math.max alone, which a NaN would pass by.
    if (!(error <= largest)) largest = error;
  }
  return { rms: Math.sqrt(squares / size), largest: largest / Math.sqrt(size / exact.length) };
}
