import ndarray from 'ndarray';
import { type Activation, samplesOf } from '../layers/layer.js';
import type { TargetKind } from '../losses/loss.js';
import { channelsFirst } from '../network/channelOrder.js';
import { argmax, classify } from '../network/predict.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { rowMajor } from '../tensor/view.js';
import type { Evaluation } from './metrics.js';

/** What a network says of each sample of a data set, a batch after the other: classes, with their probabilities where these are
 * wanted, or, where targets are floats, its outputs. */
export class Answers {
  private readonly predictions: Int32Array;
  private readonly outputs: Float32Array;
  private readonly hasClasses: boolean;

  constructor(
    private readonly targets: TargetKind,
    private readonly output: Shape,
    private readonly samples: number,
    private readonly probabilities: boolean,
  ) {
    this.hasClasses = targets.of === 'classes';
    this.predictions = new Int32Array(this.hasClasses ? samples * sizeOf(targets.shape) : 0);
    this.outputs = new Float32Array(this.hasClasses && !probabilities ? 0 : samples * sizeOf(output));
  }

  /** @param first the batch's first sample */
  add({ data, shape }: Activation, first: number, count: number): void {
    if (this.outputs.length > 0) this.outputs.set(rowMajor(channelsFirst(data, shape, count)), first * sizeOf(shape));
    if (!this.hasClasses) return;
    const rows = sizeOf(this.targets.shape);
    const classes = sizeOf(shape) / rows;
    for (let row = 0; row < count * rows; row++)
      this.predictions[first * rows + row] = argmax(samplesOf(data, classes, row));
  }

  all(): Pick<Evaluation, 'predictions' | 'probabilities' | 'outputs'> {
    const outputs = ndarray(this.outputs, [this.samples, ...this.output]);
    if (!this.hasClasses) return { outputs };
    const { predictions } = this;
    return this.probabilities ? { predictions, probabilities: classify(outputs).probabilities } : { predictions };
  }
}
