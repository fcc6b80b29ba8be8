import type { ConvolutionSettings } from './convolution.js';

/** Along one axis, the input's pixels first, first + stride, …: they are read by the same taps. */
export interface Residue {
  readonly first: number;
  readonly count: number;
  readonly taps: number;
  /** The last of the taps, which reads from the first output, and how far on the one that reads from the next is. */
  readonly lastTap: number;
  readonly tapStep: number;
  /** The first pixel's first output, and how far on the next is. */
  readonly output: number;
  readonly outputStep: number;
}

/** The pixels of an input of this size, by their rest when they are divided by the stride. */
export function residues(
  { kernelSize, stride, padding, dilation }: ConvolutionSettings,
  axis: 0 | 1,
  size: number,
): Residue[] {
  const [kernel, step, apart] = [kernelSize[axis], stride[axis], dilation[axis]];
  return Array.from({ length: Math.min(step, size) }, (_, first) => {
    const outputOf = (tap: number) => (first + padding[axis] - tap * apart) / step;
    const taps = Array.from({ length: kernel }, (_, tap) => tap).filter((tap) => Number.isInteger(outputOf(tap)));
    const lastTap = taps.at(-1) ?? 0;
    const tapStep = taps.length > 1 ? taps[0] - taps[1] : -1;
    const count = Math.ceil((size - first) / step);
    const output = Math.floor(outputOf(lastTap));
    return {
      first,
      count,
      taps: taps.length,
      lastTap,
      tapStep,
      output,
      outputStep: Math.ceil((-tapStep * apart) / step),
    };
  });
}
