export type UpsampleMode = 'nearest' | 'bilinear';

const { fround } = Math;

/** Where an output pixel comes from along an axis: (1 − share) of `near` and `share` of `far`. */
export type Position = readonly [near: number, far: number, share: number];

/** How an axis is resampled. */
export interface AxisSettings {
  readonly mode: UpsampleMode;
  readonly alignCorners: boolean;
  /** By which positions go even if the output's length is rounded; absent where the output's length was given. */
  readonly factor: number | undefined;
}

/** Of output pixel i of `count`, on an input of `length`, as torch.nn.functional.interpolate has it. The nearest pixel is that of its
 * float32 arithmetic, where a rounding may lead to another one; a mean's weights are those of float64. Where a factor leads to just
 * the input's length, or to twice that, PyTorch's gradients and its images in channels_last go by the lengths, as all does here;
 * its other images of more than one channel go by the factor. */
export function positionOf(i: number, length: number, count: number, settings: AxisSettings): Position {
  const { mode, alignCorners, factor } = settings;
  if (count === length) return [i, i, 0];
  const step = factor === undefined ? length / count : 1 / factor;
  if (mode === 'nearest') {
    const near = count === 2 * length ? i >> 1 : Math.min(Math.floor(fround(i * fround(step))), length - 1);
    return [near, near, 0];
  }
  const cornerStep = count > 1 ? (length - 1) / (count - 1) : 0;
  const position = alignCorners ? cornerStep * i : Math.max(step * (i + 0.5) - 0.5, 0);
  const near = Math.min(Math.floor(position), length - 1);
  return [near, Math.min(near + 1, length - 1), position - near];
}

/** Images that are resampled, NHWC, with the positions of the output's rows and columns: three numbers each. */
export interface Resampling {
  readonly mode: UpsampleMode;
  readonly rows: Float64Array;
  readonly columns: Float64Array;
  readonly width: number;
  readonly channels: number;
}

/** One image: the mean of each line, then that of the two means, in float64, rounded once. */
export function resample(x: Float32Array, y: Float32Array, images: Resampling): void {
  const { mode, channels } = images;
  forEachPixel(images, (output, topLeft, topRight, bottomLeft, bottomRight, down, right) => {
    if (mode === 'nearest') {
      for (let c = 0; c < channels; c++) y[output + c] = x[topLeft + c];
      return;
    }
    for (let c = 0; c < channels; c++) {
      const top = (1 - right) * x[topLeft + c] + right * x[topRight + c];
      const bottom = (1 - right) * x[bottomLeft + c] + right * x[bottomRight + c];
      y[output + c] = (1 - down) * top + down * bottom;
    }
  });
}

/** Adds the gradients of one image to those of its input. */
export function resampleBackward(dy: Float32Array, sums: Float64Array, images: Resampling): void {
  const { mode, channels } = images;
  forEachPixel(images, (output, topLeft, topRight, bottomLeft, bottomRight, down, right) => {
    if (mode === 'nearest') {
      for (let c = 0; c < channels; c++) sums[topLeft + c] += dy[output + c];
      return;
    }
    for (let c = 0; c < channels; c++) {
      const gradient = dy[output + c];
      sums[topLeft + c] += (1 - down) * (1 - right) * gradient;
      sums[topRight + c] += (1 - down) * right * gradient;
      sums[bottomLeft + c] += down * (1 - right) * gradient;
      sums[bottomRight + c] += down * right * gradient;
    }
  });
}

/** Calls `visit` with the place of each output pixel, those of the four around its position, and how far it is from the first of
 * them, down and to the right. */
function forEachPixel(
  { rows, columns, width, channels }: Resampling,
  visit: (
    output: number,
    topLeft: number,
    topRight: number,
    bottomLeft: number,
    bottomRight: number,
    down: number,
    right: number,
  ) => void,
): void {
  let output = 0;
  for (let row = 0; row < rows.length; row += 3) {
    const [top, bottom] = [rows[row] * width, rows[row + 1] * width];
    for (let column = 0; column < columns.length; column += 3) {
      const [left, right] = [columns[column], columns[column + 1]];
      visit(
        output,
        (top + left) * channels,
        (top + right) * channels,
        (bottom + left) * channels,
        (bottom + right) * channels,
        rows[row + 2],
        columns[column + 2],
      );
      output += channels;
    }
  }
}
