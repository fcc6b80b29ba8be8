import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { flag, imageShape, kindOf, oneOf, options, type Size2d, size2d } from '../validate.js';
import { type Activation, Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';
import { sizeText } from './pythonText.js';
import { type Position, positionOf, resample, resampleBackward, type UpsampleMode } from './resampling.js';
import { separableOperator } from './separable.js';

export interface UpsampleOptions {
  /** Of the output. This or scaleFactor is wanted. */
  size?: Size2d | null;
  /** Output size over input size; what is left of a pixel is dropped. */
  scaleFactor?: number | readonly [number, number] | null;
  /** Default 'nearest'. */
  mode?: UpsampleMode;
  /** Whether bilinear mode maps the middles of corner pixels onto each other, and not the image's corners. Default false. */
  alignCorners?: boolean;
}

/** Larger or smaller images, [C, H, W] → [C, H′, W′], as torch.nn.Upsample: the nearest pixel to the upper left, or a mean of
 * the four around, weighted by how near they are. Positions go by the scale factor where that is given, and by the sizes
 * elsewhere; means, and sums of gradients, are float64, rounded once. */
export class Upsample extends Layer {
  readonly type: string = 'Upsample';
  readonly size: readonly [number, number] | null;
  readonly scaleFactor: readonly [number, number] | null;
  readonly mode: UpsampleMode;
  readonly alignCorners: boolean;

  constructor(given: UpsampleOptions, ...others: never[]) {
    super();
    const form = 'new Upsample({ size, scaleFactor, mode, alignCorners })';
    const defaults = { size: null, scaleFactor: null, mode: 'nearest', alignCorners: false } as const;
    const { size, scaleFactor, mode, alignCorners } = options(form, given, defaults, others);
    if ((size === null) === (scaleFactor === null))
      throw new HeddleError('ARGUMENT', `Upsample: expected size or scaleFactor, and not both; write ${form}`);
    this.size = size === null ? null : size2d('Upsample size', size, 1);
    this.scaleFactor = scaleFactor === null ? null : factors(scaleFactor);
    this.mode = oneOf('Upsample mode', mode, ['nearest', 'bilinear']);
    this.alignCorners = flag('Upsample alignCorners', alignCorners);
    if (alignCorners && mode === 'nearest')
      throw new HeddleError('ARGUMENT', "Upsample alignCorners has a meaning for mode 'bilinear' alone");
  }

  arguments() {
    const { size, scaleFactor, mode, alignCorners } = this;
    return [{ size, scaleFactor, mode, alignCorners }];
  }

  describe(): string {
    const what = this.size ? `size=${sizeText(this.size)}` : `scale_factor=${sizeText(this.factorsAsFloats())}`;
    return `Upsample(${what}, mode=${this.mode})`;
  }

  private factorsAsFloats(): [string, string] {
    const [height, width] = this.scaleFactor as readonly [number, number];
    const float = (factor: number) => (Number.isInteger(factor) ? `${factor}.0` : `${factor}`);
    return [float(height), float(width)];
  }

  override outputShape(input: Shape): Shape {
    const [channels, ...image] = imageShape(input);
    const output = image.map(
      (length, axis) => this.size?.[axis] ?? Math.floor(length * (this.scaleFactor as readonly [number, number])[axis]),
    );
    if (output.some((length) => length < 1))
      throw new HeddleError(
        'SHAPE',
        `got an input of shape ${formatShape(input)}, wants a larger one: scaleFactor ${sizeText(this.scaleFactor as readonly [number, number])} leaves none of its pixels`,
      );
    return [channels, ...output];
  }

  override onnx(input: Shape): OnnxOperator {
    const output = this.outputShape(input);
    const scales = [1, 2].map((axis) =>
      output[axis] === input[axis] ? 1 : (this.scaleFactor?.[axis - 1] ?? output[axis] / input[axis]),
    );
    if (!scales.every((scale, axis) => this.isResize(scale, axis, input, output)))
      return separableOperator(input, output, (axis, i) => {
        const [near, far, share] = this.positionOf(axis, i, input, output);
        return [
          [near, 1 - share],
          [far, share],
        ];
      });
    const coordinates = this.mode === 'nearest' ? 'asymmetric' : this.alignCorners ? 'align_corners' : 'half_pixel';
    return {
      opType: 'Resize',
      // The first of them is a part of the image to take, which has no meaning here.
      constants: [
        { shape: [0], data: new Float32Array(0) },
        { shape: [4], data: Float32Array.of(1, 1, scales[0], scales[1]) },
      ],
      attributes: {
        mode: { string: this.mode === 'nearest' ? 'nearest' : 'linear' },
        coordinate_transformation_mode: { string: coordinates },
        nearest_mode: { string: 'floor' },
      },
    };
  }

  /** Whether ONNX's Resize makes as many pixels of an axis by its scale, and takes the same ones: of whole scales alone can that be
   * said in nearest mode, as programs round positions in ways of their own. */
  private isResize(scale: number, axis: number, input: Shape, output: Shape): boolean {
    const [length, count] = [input[1 + axis], output[1 + axis]];
    const product = Math.fround(scale) * length;
    if (Math.floor(product) !== count || Math.floor(Math.fround(product)) !== count) return false;
    if (this.mode === 'bilinear') return true;
    const places = Array.from({ length: count }, (_, i) => this.positionOf(axis, i, input, output)[0]);
    return Number.isInteger(scale) && places.every((place, i) => place === Math.floor(i / scale));
  }

  /** Where row i of the output comes from, for axis 0, or column i. */
  private positionOf(axis: number, i: number, [, ...input]: Shape, [, ...output]: Shape): Position {
    const { mode, alignCorners, scaleFactor } = this;
    return positionOf(i, input[axis], output[axis], { mode, alignCorners, factor: scaleFactor?.[axis] });
  }

  plan(input: Activation, { activation, arena, scratch }: Planner): LayerPlan {
    const shape = this.outputShape(input.shape);
    const output = activation(shape, { overwritable: true });
    const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(shape)];
    const [rows, columns] = shape.slice(1).map((count, axis) => {
      const positions = arena.float64(3 * count);
      for (let i = 0; i < count; i++) positions.set(this.positionOf(axis, i, input.shape, shape), 3 * i);
      return positions;
    });
    const images = { mode: this.mode, rows, columns, width: input.shape[2], channels: input.shape[0] };
    scratch(2 * inputSize);
    const forward = perShard(({ first, count }) => {
      for (let n = first; n < first + count; n++)
        resample(samplesOf(input.data, inputSize, n), samplesOf(output.data, outputSize, n), images);
    });
    const backward = perShard(({ first, count }, _pass, room) => {
      const sums = new Float64Array(room.buffer, room.byteOffset, inputSize);
      for (let n = first; n < first + count; n++) {
        sums.fill(0);
        resampleBackward(samplesOf(output.gradient, outputSize, n), sums, images);
        samplesOf(input.gradient, inputSize, n).set(sums);
      }
    });
    return { output, forward: [forward], backward: [backward] };
  }
}

/** @throws HeddleError ARGUMENT */
function factors(given: number | readonly [number, number]): readonly [number, number] {
  const pair = typeof given === 'number' ? ([given, given] as const) : given;
  const isFactor = (factor: unknown) => typeof factor === 'number' && factor > 0 && factor < Number.POSITIVE_INFINITY;
  if (!Array.isArray(pair) || pair.length !== 2 || !pair.every(isFactor))
    throw new HeddleError(
      'ARGUMENT',
      `Upsample scaleFactor must be a number above 0, or two of them: [height, width], not ${kindOf(given)}`,
    );
  return [pair[0], pair[1]];
}
