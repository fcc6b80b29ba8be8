/** A 3×3 convolution with stride 1 of images in NCHW order. */
export interface ConvolutionSize {
  readonly samples: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly height: number;
  readonly width: number;
  readonly padding: number;
}

/** Its output for x, and the gradients of input and weight for dy, in float64 by the definition; without a bias. */
export function directConvolution(
  { samples, inChannels, outChannels, height, width, padding }: ConvolutionSize,
  x: Float32Array,
  weight: Float32Array,
  dy: Float32Array,
) {
  const [outHeight, outWidth] = [height + 2 * padding - 2, width + 2 * padding - 2];
  const [y, dx, dWeight] = [dy, x, weight].map(({ length }) => new Float64Array(length));
  for (let n = 0; n < samples; n++)
    for (let o = 0; o < outChannels; o++)
      for (let c = 0; c < inChannels; c++)
        for (let tap = 0; tap < 9; tap++) {
          const w = (o * inChannels + c) * 9 + tap;
          const [down, right] = [Math.floor(tap / 3) - padding, (tap % 3) - padding];
          for (let oy = Math.max(0, -down); oy < outHeight && oy + down < height; oy++) {
            const toRow = ((n * outChannels + o) * outHeight + oy) * outWidth;
            const fromRow = ((n * inChannels + c) * height + oy + down) * width + right;
            for (let ox = Math.max(0, -right); ox < outWidth && ox + right < width; ox++) {
              y[toRow + ox] += x[fromRow + ox] * weight[w];
              dx[fromRow + ox] += dy[toRow + ox] * weight[w];
              dWeight[w] += dy[toRow + ox] * x[fromRow + ox];
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
