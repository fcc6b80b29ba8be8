import { HeddleError } from '../errors.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { classNameOf, flag, imageShape, type Size2d, size2d } from '../validate.js';
import { Layer } from './layer.js';
import { sizeText } from './pythonText.js';

/** Of a window: kernels count them in 32 bits. */
const MOST_PLACES = 2 ** 31 - 1;

/** Settings of windows that slide over an image, in the ways that people write them. */
export interface Sliding {
  readonly kernelSize: Size2d;
  readonly stride: Size2d;
  readonly padding: Size2d;
  readonly dilation: Size2d;
  readonly ceilMode: boolean;
}

/** What layers share whose windows slide over an image: the settings, and how many windows there are. */
export abstract class Pool2d extends Layer {
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly ceilMode: boolean;

  /** @throws HeddleError ARGUMENT */
  constructor({ kernelSize, stride, padding, dilation, ceilMode }: Sliding) {
    super();
    const name = classNameOf(new.target);
    this.kernelSize = size2d(`${name} kernelSize`, kernelSize, 1);
    this.stride = size2d(`${name} stride`, stride, 1);
    this.padding = size2d(`${name} padding`, padding, 0);
    this.dilation = size2d(`${name} dilation`, dilation, 1);
    this.ceilMode = flag(`${name} ceilMode`, ceilMode);
    const [height, width] = this.kernelSize;
    if (height * width > MOST_PLACES)
      throw new HeddleError(
        'ARGUMENT',
        `${name} kernelSize must be of at most ${MOST_PLACES} pixels, not ${sizeText(this.kernelSize)}`,
      );
    if (this.padding.some((length, axis) => 2 * length > this.kernelSize[axis]))
      throw new HeddleError(
        'ARGUMENT',
        `${name} padding must be at most half of kernelSize, not ${sizeText(this.padding)} of ${sizeText(this.kernelSize)}`,
      );
  }

  override outputShape(input: Shape): Shape {
    const [channels, ...image] = imageShape(input);
    const counts = image.map((length, axis) => this.count(length, axis));
    if (counts.some((count) => count < 1)) {
      const [height, width] = [0, 1].map((axis) => this.reach(axis) - 2 * this.padding[axis] - this.extra(axis));
      throw new HeddleError(
        'SHAPE',
        `got an input of shape ${formatShape(input)}, wants a height of ${height} and a width of ${width} at least: less has no window`,
      );
    }
    return [channels, ...counts];
  }

  /** Pixels from a window's first to its last. */
  private reach(axis: number): number {
    return this.dilation[axis] * (this.kernelSize[axis] - 1) + 1;
  }

  /** How far the last window may reach over the padded image: with ceilMode there is one for every rest. */
  private extra(axis: number): number {
    return this.ceilMode ? this.stride[axis] - 1 : 0;
  }

  private count(length: number, axis: number): number {
    const [stride, padding] = [this.stride[axis], this.padding[axis]];
    const count = Math.floor((length + 2 * padding - this.reach(axis) + this.extra(axis)) / stride) + 1;
    // It has to begin in the image, or in the padding before it.
    return this.ceilMode && (count - 1) * stride >= length + padding ? count - 1 : count;
  }
}
