import type { TapWindows } from '../../../src/kernels/contract/depthwise.js';
import { COLUMNS, combinations, type KernelCases, scatteredValues, values } from '../../support/kernelRoom.js';

type Windows = Pick<
  TapWindows,
  'height' | 'width' | 'top' | 'left' | 'kernelHeight' | 'kernelWidth' | 'outputHeight' | 'outputWidth'
> & { readonly stride: readonly [number, number]; readonly dilation: readonly [number, number] };

const windows = (
  [height, width]: readonly [number, number],
  [top, left]: readonly [number, number],
  [kernelHeight, kernelWidth]: readonly [number, number],
  [outputHeight, outputWidth]: readonly [number, number],
  stride: readonly [number, number] = [1, 1],
  dilation: readonly [number, number] = [1, 1],
): Windows => ({ height, width, top, left, kernelHeight, kernelWidth, outputHeight, outputWidth, stride, dilation });

/** Windows over all borders, over none, between and beyond them; of no taps; more outputs a line than a tile has. */
const shapes: readonly Windows[] = [
  windows([5, 9], [-1, -1], [3, 3], [5, 9]),
  windows([6, 11], [0, 0], [3, 4], [4, 8]),
  windows([7, 12], [-2, -2], [5, 5], [4, 6], [2, 2]),
  windows([5, 11], [-2, -2], [5, 5], [5, 11]),
  windows([5, 15], [0, -2], [2, 3], [4, 7], [1, 2], [1, 2]),
  windows([4, 13], [-1, -3], [2, 7], [2, 4], [3, 3]),
  windows([9, 10], [-2, -2], [3, 3], [9, 10], [1, 1], [2, 2]),
  windows([8, 14], [1, -3], [2, 3], [3, 7], [2, 2], [3, 2]),
  windows([2, 2], [-1, -1], [3, 3], [2, 2]),
  windows([1, 1], [-3, -4], [7, 6], [2, 3]),
  windows([3, 3], [-5, -6], [3, 3], [12, 13]),
  windows([3, 5], [0, 0], [1, 1], [3, 5]),
  windows([3, 6], [0, 0], [0, 2], [2, 5]),
  windows([7, 9], [-2, -1], [5, 5], [4, 4], [2, 2]),
  windows([2, 2], [0, 0], [2, 2], [1, 1], [2, 2]),
  windows([1, 1], [0, 0], [1, 1], [1, 1]),
];

/** Pixels and weights one behind the other, or apart; weights forwards and backwards; of one image or of three. */
const layouts = [
  { apart: 1, turned: false, samples: 1 },
  { apart: 3, turned: true, samples: 3 },
];

const cases = combinations({ shape: shapes, channels: COLUMNS.concat(24), layout: layouts });

function windowsOf({ shape, channels, layout: { apart, turned } }: (typeof cases)[number]): TapWindows {
  const { stride, dilation, ...rest } = shape;
  const { height, width, kernelHeight, kernelWidth, outputHeight, outputWidth } = shape;
  const step = channels + apart - 1;
  const line = kernelWidth * step + apart - 1;
  return {
    ...rest,
    pixelStride: step,
    sampleStride: height * width * step + apart - 1,
    strideHeight: stride[0],
    strideWidth: stride[1],
    dilationHeight: dilation[0],
    dilationWidth: dilation[1],
    outputStepStride: step,
    outputLineStride: outputWidth * step + apart - 1,
    outputSampleStride: outputHeight * (outputWidth * step + apart - 1),
    weightStart: turned ? Math.max(0, (kernelHeight - 1) * line + (kernelWidth - 1) * step) : 0,
    weightLineStride: turned ? -line : line,
    weightStepStride: turned ? -step : step,
  };
}

const inputLength = ({ sampleStride }: TapWindows, samples: number) => samples * sampleStride;
const outputLength = ({ outputSampleStride }: TapWindows, samples: number) => samples * outputSampleStride;
const weightLength = ({ kernelHeight, weightLineStride }: TapWindows) =>
  Math.max(1, kernelHeight) * Math.abs(weightLineStride);

/** Whether a float of lines of pixels, so far apart, is one of a pixel's channels. */
const inPixels = (i: number, width: number, channels: number, line: number, step: number) =>
  i % line < width * step && (i % line) % step < channels;

export const depthwiseCases = {
  depthwise: () =>
    cases.flatMap((name, i) => {
      const taps = windowsOf(name);
      const { outputWidth, outputLineStride, outputStepStride, pixelStride } = taps;
      const { channels } = name;
      const { samples } = name.layout;
      const fill = i % 2 === 0 ? values : scatteredValues;
      return [
        { floor: -Infinity, mapped: false },
        { floor: 0, mapped: true },
      ].map(({ floor, mapped }) => ({
        name: { ...name, mapped },
        run: (kernels, room) => {
          const x = room.input(fill(inputLength(taps, samples), 1));
          const weights = room.input(fill(weightLength(taps), 2));
          const bias = room.input(values(channels, 3));
          const affine = mapped ? room.input(values(2 * pixelStride + channels, 4)) : undefined;
          const y = room.output(outputLength(taps, samples), {
            written: (k) => inPixels(k, outputWidth, channels, outputLineStride, outputStepStride),
          });
          kernels.depthwise(x, taps, samples, channels, weights, bias, floor, affine, floor, mapped ? 1 : Infinity, y);
        },
      }));
    }),

  addDepthwiseWeightGradient: () =>
    cases.map((name, i) => {
      const taps = windowsOf(name);
      const { kernelWidth, weightLineStride, weightStepStride } = taps;
      const { channels } = name;
      const { samples } = name.layout;
      const fill = i % 2 === 0 ? values : scatteredValues;
      return {
        name,
        run: (kernels, room) => {
          const x = room.input(fill(inputLength(taps, samples), 1));
          const dy = room.input(fill(outputLength(taps, samples), 2));
          const isWeight = (k: number) =>
            taps.kernelHeight > 0 &&
            inPixels(k, kernelWidth, channels, Math.abs(weightLineStride), Math.abs(weightStepStride));
          const gradient = room.output(weightLength(taps), {
            initial: values(weightLength(taps), 3),
            written: isWeight,
          });
          kernels.addDepthwiseWeightGradient(x, taps, samples, channels, dy, gradient);
        },
      };
    }),
} satisfies Partial<KernelCases>;
