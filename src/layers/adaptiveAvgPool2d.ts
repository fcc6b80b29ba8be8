import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { imageShape, nothingElse, required, type Size2d, size2d } from '../validate.js';
import { type Activation, Layer, type LayerPlan, type Planner, samplesOf } from './layer.js';

/** A window of an image: rows top … bottom − 1, columns left … right − 1. */
interface Window {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The mean of each of H′×W′ windows, [C, H, W] → [C, H′, W′], as torch.nn.AdaptiveAvgPool2d: window i of n begins at
 * ⌊i·H/n⌋ and ends before ⌈(i + 1)·H/n⌉. Means are summed in float64, in row-major order. */
export class AdaptiveAvgPool2d extends Layer {
  readonly type: string = 'AdaptiveAvgPool2d';
  readonly outputSize: readonly [number, number];

  constructor(outputSize: Size2d, ...others: never[]) {
    super();
    const form = 'new AdaptiveAvgPool2d(outputSize)';
    required(form, { outputSize });
    nothingElse(form, others);
    this.outputSize = size2d('AdaptiveAvgPool2d outputSize', outputSize, 1);
  }

  arguments() {
    return [this.outputSize];
  }

  describe(): string {
    const [height, width] = this.outputSize;
    return `AdaptiveAvgPool2d(output_size=${height === width ? height : `(${height}, ${width})`})`;
  }

  override outputShape(input: Shape): Shape {
    const [channels] = imageShape(input);
    return [channels, ...this.outputSize];
  }

  /** ONNX has only the mean of a whole image. */
  override onnx(): OnnxOperator | undefined {
    return this.outputSize.every((length) => length === 1) ? { opType: 'GlobalAveragePool' } : undefined;
  }

  plan(input: Activation, { activation, scratch }: Planner): LayerPlan {
    const output = activation(this.outputShape(input.shape), { overwritable: true });
    const [channels, height, width] = input.shape;
    const [inputSize, outputSize] = [sizeOf(input.shape), sizeOf(output.shape)];
    scratch(2 * inputSize);
    const forward = perShard(({ first, count }, _pass, room) => {
      const sums = new Float64Array(room.buffer, room.byteOffset, channels);
      for (let n = first; n < first + count; n++) {
        const [x, y] = [samplesOf(input.data, inputSize, n), samplesOf(output.data, outputSize, n)];
        forEachWindow([height, width], this.outputSize, (window, index) => {
          sums.fill(0);
          forEachPixel(window, width, (pixel) => {
            for (let c = 0; c < channels; c++) sums[c] += x[pixel * channels + c];
          });
          for (let c = 0; c < channels; c++) y[index * channels + c] = sums[c] / pixelsOf(window);
        });
      }
    });
    const backward = perShard(({ first, count }, _pass, room) => {
      const sums = new Float64Array(room.buffer, room.byteOffset, inputSize);
      for (let n = first; n < first + count; n++) {
        const dy = samplesOf(output.gradient, outputSize, n);
        sums.fill(0);
        forEachWindow([height, width], this.outputSize, (window, index) =>
          forEachPixel(window, width, (pixel) => {
            for (let c = 0; c < channels; c++)
              sums[pixel * channels + c] += dy[index * channels + c] / pixelsOf(window);
          }),
        );
        samplesOf(input.gradient, inputSize, n).set(sums);
      }
    });
    return { output, forward: [forward], backward: [backward] };
  }
}

type Size = readonly [height: number, width: number];

/** The windows in row-major order. None is kept: a file may ask for as many as it likes. */
function forEachWindow(input: Size, output: Size, each: (window: Window, index: number) => void): void {
  const [[height, width], [rows, columns]] = [input, output];
  for (let row = 0; row < rows; row++) {
    const top = Math.floor((row * height) / rows);
    const bottom = Math.ceil(((row + 1) * height) / rows);
    for (let column = 0; column < columns; column++) {
      const left = Math.floor((column * width) / columns);
      const right = Math.ceil(((column + 1) * width) / columns);
      each({ top, bottom, left, right }, row * columns + column);
    }
  }
}

const pixelsOf = ({ top, bottom, left, right }: Window) => (bottom - top) * (right - left);

function forEachPixel({ top, bottom, left, right }: Window, width: number, each: (pixel: number) => void): void {
  for (let row = top; row < bottom; row++) for (let column = left; column < right; column++) each(row * width + column);
}
