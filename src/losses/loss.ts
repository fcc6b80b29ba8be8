import type { NdArray } from 'ndarray';
import type { Kernels } from '../kernels/kernels.js';
import type { Activation } from '../layers/layer.js';
import type { Pass, Phase } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import { type Shape, sizeOf } from '../tensor/shape.js';

/** What the target of a sample is: class numbers, from 0 on, or floats. */
export interface TargetKind {
  readonly of: 'classes' | 'floats';
  /** Without the batch; [] for a single number. */
  readonly shape: Shape;
  /** A class number that counts nowhere, and need be none of the classes. */
  readonly ignoreIndex?: number | undefined;
}

/** What a loss reads and writes of each sample of a batch. The loss of the batch is the sum of `losses` by that of `weights`. */
export interface LossBatch {
  /** Sample by sample, as the loss's `targetsOf` says; those of images are H×W×C like the activations. */
  readonly targets: Int32Array | Float32Array;
  /** The samples' own losses, which the loss writes. */
  readonly losses: Float64Array;
  /** How much each sample counts: 1, which a loss leaves or writes over. */
  readonly weights: Float64Array;
}

/** What tells how good outputs are, besides the loss. The accuracies are shares from 0 to 1:
 * - `accuracy`: of samples, or pixels, whose most likely class is their own;
 * - `top5Accuracy`: of those whose own class is among the five most likely ones;
 * - `labelAccuracy`: of labels whose output is above 0 where the target is above ½, and not elsewhere;
 * - `meanAbsoluteError` is no share, but the mean of |output − target| over all numbers. */
export type MetricName = 'accuracy' | 'top5Accuracy' | 'labelAccuracy' | 'meanAbsoluteError';

/** What MixUp makes of the class of each sample in a pass. */
export interface Mixing {
  /** How much the other class counts, from 0 to 1; the own one counts the rest. */
  readonly share: number;
  /** The other class of the sample at a place in the batch. */
  classOf(sample: number): number;
}

/** What training makes small. */
export interface Loss {
  readonly type: string;
  /** What targets it wants for an output of a shape; without it, one class number for each sample.
   *
   * @throws HeddleError SHAPE saying which output the loss wants */
  targetsOf?(output: Shape): TargetKind;
  /** The phases that write each sample's loss and, in `output.gradient`, the gradient of the mean over the batch. They run in
   * training and in evaluation, which has no use for the gradient.
   *
   * @throws HeddleError SHAPE saying which output the loss wants */
  plan(
    output: Activation,
    batch: LossBatch,
    planner: { readonly kernels: Kernels; readonly arena: Arena },
  ): Phase | readonly Phase[];
  /** The phase behind those of `plan` that makes their numbers those of mixed classes; without it, MixUp wants targets that are
   * floats.
   *
   * @throws HeddleError ARGUMENT if the loss's options do not allow it */
  planMixup?(output: Activation, batch: LossBatch, mixingOf: (pass: Pass) => Mixing): Phase;
  /** The metrics that go with it; without it, the accuracy where targets are class numbers, and none for floats. */
  metricsOf?(output: Shape): readonly MetricName[];
  /** What the outputs of a network that was trained by it mean: `model.predict(input, { loss })` gives that.
   *
   * @param outputs [samples, …] in PyTorch's order */
  predictionOf?(outputs: NdArray<Float32Array>): unknown;
}

const classNumber: TargetKind = { of: 'classes', shape: [] };

export const targetsOf = (loss: Loss, output: Shape): TargetKind => loss.targetsOf?.(output) ?? classNumber;

/** Memory for the targets of a batch. */
export const takeTargets = ({ of, shape }: TargetKind, batchSize: number, arena: Arena) =>
  of === 'classes' ? arena.int32(batchSize * sizeOf(shape)) : arena.float32(batchSize * sizeOf(shape));
