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

/** Which taps of a convolution without dilation lie inside, for each pixel of its output and of its input. */
export function pixelGeometry(settings: ConvolutionSettings, input: Shape, output: Shape) {
  const { kernelSize, stride, padding } = settings;
  const sizes = [0, 1].map((axis) => [input[1 + axis], output[1 + axis]] as const);
  const inputsOf = sizes.map(([size, outputs], axis) =>
    Array.from({ length: outputs }, (_, place) => {
      const start = place * stride[axis] - padding[axis];
      return span(Math.max(0, start), Math.min(size, start + kernelSize[axis]) - 1);
    }),
  );
  const outputsOf = sizes.map(([size, outputs], axis) =>
    Array.from({ length: size }, (_, place) => {
      const reach = place + padding[axis];
      return span(
        Math.max(0, Math.ceil((reach - kernelSize[axis] + 1) / stride[axis])),
        Math.min(outputs - 1, Math.floor(reach / stride[axis])),
      );
    }),
  );
  const tapOf = (y: number, x: number, outputY: number, outputX: number) =>
    (y + padding[0] - outputY * stride[0]) * kernelSize[1] + (x + padding[1] - outputX * stride[1]);
  const outputs = pairs(inputsOf, input[2], (outputY, outputX, y, x) => tapOf(y, x, outputY, outputX));
  return {
    outputs,
    inputs: pairs(outputsOf, output[2], tapOf),
    taps: kernelSize[0] * kernelSize[1],
    products: outputs.reduce((sum, { taps }) => sum + taps.length, 0),
    width: input[2],
    outputWidth: output[2],
    inputSize: sizeOf(input),
    outputSize: sizeOf(output),
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
