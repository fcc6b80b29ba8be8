import type { PoolWindow } from '../../kernels/contract/images.js';
import { APART } from '../../kernels/tiles.js';
import { type Shape, sizeOf } from '../../tensor/shape.js';
import type { ConvolutionSettings } from './convolution.js';

/** What lies side by side along an axis. */
interface Span {
  readonly first: number;
  readonly count: number;
}

const span = (first: number, last: number): Span => ({ first, count: Math.max(0, last - first + 1) });

/** A pixel on one side of a convolution, with the pixels on the other that have taps with it: a rectangle of so many rows and
 * columns, of which `start` is the first. */
export interface PixelTaps {
  readonly pixel: number;
  readonly start: number;
  readonly rows: number;
  readonly columns: number;
  /** Of each pixel of the rectangle, row by row. */
  readonly taps: readonly number[];
}

/** Pixels of the output that have a tap, whose pixels of the input lie `step` apart, from `start` on. */
interface TapRun {
  readonly pixels: readonly number[];
  readonly start: number;
  readonly step: number;
}

/** Along each axis, the inputs that each output has taps with. */
const inputSpans = ({ kernelSize, stride, padding }: ConvolutionSettings, input: Shape, output: Shape) =>
  [0, 1].map((axis) =>
    Array.from({ length: output[1 + axis] }, (_, place) => {
      const start = place * stride[axis] - padding[axis];
      return span(Math.max(0, start), Math.min(input[1 + axis], start + kernelSize[axis]) - 1);
    }),
  );

/** Along each axis, the outputs that each input has taps with. */
const outputSpans = ({ kernelSize, stride, padding }: ConvolutionSettings, input: Shape, output: Shape) =>
  [0, 1].map((axis) =>
    Array.from({ length: input[1 + axis] }, (_, place) => {
      const reach = place + padding[axis];
      return span(
        Math.max(0, Math.ceil((reach - kernelSize[axis] + 1) / stride[axis])),
        Math.min(output[1 + axis] - 1, Math.floor(reach / stride[axis])),
      );
    }),
  );

/** How many taps of a convolution without dilation lie inside, of all pixels of its output together. */
export function tapsOfPixels(settings: ConvolutionSettings, input: Shape, output: Shape): number {
  const [down, across] = inputSpans(settings, input, output).map((spans) =>
    spans.reduce((sum, { count }) => sum + count, 0),
  );
  return down * across;
}

/** Which taps of a convolution without dilation lie inside, for each pixel of its output and of its input. */
export function pixelGeometry(settings: ConvolutionSettings, input: Shape, output: Shape) {
  const { kernelSize, stride, padding } = settings;
  const tapOf = (y: number, x: number, outputY: number, outputX: number) =>
    (y + padding[0] - outputY * stride[0]) * kernelSize[1] + (x + padding[1] - outputX * stride[1]);
  const outputs = pairs(inputSpans(settings, input, output), input[2], (outputY, outputX, y, x) =>
    tapOf(y, x, outputY, outputX),
  );
  const taps = kernelSize[0] * kernelSize[1];
  return {
    outputs,
    inputs: pairs(outputSpans(settings, input, output), output[2], tapOf),
    /** For each tap. */
    runs: Array.from({ length: taps }, (_, tap) => runsOf(outputs, tap, input[2])),
    taps,
    products: tapsOfPixels(settings, input, output),
    width: input[2],
    outputWidth: output[2],
    inputSize: sizeOf(input),
    outputSize: sizeOf(output),
    /** From an image to the next in a copy of the input: the same numbers of many images would else compete for a few places
     * in a cache. */
    imageStride: sizeOf(input) + APART,
    /** All pixels of an image, each by itself. */
    pixelWindow: {
      height: input[1],
      width: input[2],
      kernelHeight: 1,
      kernelWidth: 1,
      strideHeight: 1,
      strideWidth: 1,
      paddingHeight: 0,
      paddingWidth: 0,
      dilationHeight: 1,
      dilationWidth: 1,
      outputHeight: input[1],
      outputWidth: input[2],
    } satisfies Omit<PoolWindow, 'channels'>,
  };
}

export type PixelGeometry = ReturnType<typeof pixelGeometry>;

/** For each pixel of one side, whose spans along both axes are given, its rectangle on the other, which is so wide. */
const pairs = (
  [down, across]: readonly (readonly Span[])[],
  width: number,
  tapOf: (y: number, x: number, otherY: number, otherX: number) => number,
): PixelTaps[] =>
  down.flatMap((rows, y) =>
    across.map((columns, x) => ({
      pixel: y * across.length + x,
      start: rows.first * width + columns.first,
      rows: rows.count,
      columns: columns.count,
      taps: Array.from({ length: rows.count * columns.count }, (_, i) =>
        tapOf(y, x, rows.first + Math.floor(i / columns.count), columns.first + (i % columns.count)),
      ),
    })),
  );

/** The pixels that have a tap, in as few runs as can be, for an input that is so wide. */
function runsOf(outputs: readonly PixelTaps[], tap: number, width: number): TapRun[] {
  const runs: { pixels: number[]; start: number; step: number }[] = [];
  let last = 0;
  for (const { pixel, start, columns, taps } of outputs) {
    const place = taps.indexOf(tap);
    if (place < 0) continue;
    const source = start + Math.floor(place / columns) * width + (place % columns);
    const run = runs.at(-1);
    if (run && (run.pixels.length === 1 || source - last === run.step)) {
      run.step = source - last;
      run.pixels.push(pixel);
    } else runs.push({ pixels: [pixel], start: source, step: 0 });
    last = source;
  }
  return runs;
}
