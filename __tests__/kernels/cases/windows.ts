import type { PoolWindow } from '../../../src/kernels/contract/images.js';
import { COLUMNS, combinations, FILLS, type KernelCases } from '../../support/kernelRoom.js';
import { poolWindows } from './images.js';

/** Channels, taps and windows with gaps between. */
function tapLayout({ channels, kernelHeight, kernelWidth, outputHeight, outputWidth }: PoolWindow, gap: number) {
  const tapStride = channels + gap;
  return {
    pixelStride: channels + gap,
    tapStride,
    windowStride: kernelHeight * kernelWidth * tapStride + gap,
    count: outputHeight * outputWidth,
  };
}

/** Windows of taps on some channels of an image. */
export const windowCases = {
  zeroColumns: () =>
    combinations({ rows: [1, 5], columns: [...COLUMNS, 4096], gap: [0, 3, 16] }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { rows, columns, gap } = name;
        const stride = columns + gap;
        const target = room.output(rows * stride, { written: (i) => i % stride < columns });
        kernels.zeroColumns(target, rows, columns, stride);
      },
    })),

  unfold: () =>
    combinations({ windows: poolWindows, gap: [0, 3], fill: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { windows, gap, fill } = name;
        const { pixelStride, tapStride, windowStride, count } = tapLayout(windows, gap);
        const image = room.input(fill(windows.height * windows.width * pixelStride));
        const written = (i: number) =>
          (i % windowStride) % tapStride < windows.channels && i % windowStride < windowStride - gap;
        const target = room.output(count * windowStride, { written });
        kernels.unfold(image, windows, pixelStride, target, windowStride, tapStride);
      },
    })),

  fold: () =>
    combinations({ windows: poolWindows, gap: [0, 3], fill: FILLS }).map((name) => ({
      name,
      run: (kernels, room) => {
        const { windows, gap, fill } = name;
        const { pixelStride, tapStride, windowStride, count } = tapLayout(windows, gap);
        const written = (i: number) => i % pixelStride < windows.channels;
        const image = room.output(windows.height * windows.width * pixelStride, { written });
        kernels.fold(room.input(fill(count * windowStride)), windows, windowStride, tapStride, image, pixelStride);
      },
    })),
} satisfies Partial<KernelCases>;
