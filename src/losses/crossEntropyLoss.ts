import type { NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { type Activation, samplesOf } from '../layers/layer.js';
import { classify, type Prediction } from '../network/predict.js';
import { type Pass, type Phase, perShard } from '../program/phase.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import type { NestedNumbers } from '../tensor/tensorLike.js';
import type { TensorSource } from '../tensor/view.js';
import { inRange, options, required, wholeNumber } from '../validate.js';
import { forwardLoss, type Targets } from './forward.js';
import type { Loss, LossBatch, MetricName, Mixing, TargetKind } from './loss.js';
import { weightedCrossEntropy } from './weightedCrossEntropy.js';
import { checkWeights, readWeights, type Weights } from './weights.js';

/** What a CrossEntropyLoss is made with. */
export interface CrossEntropyLossOptions {
  /** How much each class counts, 1 unless given. */
  readonly weight?: Weights;
  /** A target that counts nowhere, such as −100 or 255; without it every target is a class. */
  readonly ignoreIndex?: number;
  /** From 0 to 1, default 0; 0 in evaluation. */
  readonly labelSmoothing?: number;
}

/** −log softmax(logits)[target] in the mean over the batch, as torch.nn.CrossEntropyLoss: of samples, or of the pixels of images
 * [classes, height, width]. The mean is weighted by the targets' classes. With label smoothing the target is
 * 1 − labelSmoothing of that class and labelSmoothing of all classes in equal shares. Szegedy et al., 2016. */
export class CrossEntropyLoss implements Loss {
  readonly type = 'CrossEntropyLoss';
  readonly labelSmoothing: number;
  declare readonly weight?: readonly number[];
  declare readonly ignoreIndex?: number;

  constructor(given?: CrossEntropyLossOptions, ...others: never[]) {
    const form = 'new CrossEntropyLoss({ weight: [1, 2], ignoreIndex, labelSmoothing })';
    const defaults = { weight: undefined, ignoreIndex: undefined, labelSmoothing: 0 } as const;
    const { weight, ignoreIndex, labelSmoothing } = options(form, given, defaults, others);
    this.labelSmoothing = inRange('CrossEntropyLoss labelSmoothing', labelSmoothing, 0, 1);
    if (weight !== undefined) this.weight = readWeights('CrossEntropyLoss weight', weight);
    if (ignoreIndex !== undefined)
      this.ignoreIndex = wholeNumber('CrossEntropyLoss ignoreIndex', ignoreIndex, -(2 ** 31), 2 ** 31 - 1);
  }

  /** @param logits [samples, classes], or [samples, classes, height, width]
   * @param targets a class number for each sample, 64-bit integers too, or [samples, height, width] of them
   * @returns the loss, and its gradient with respect to the logits, for Model.backward; where all is ignored, as in PyTorch, NaN
   *   and a gradient of 0
   * @throws HeddleError SHAPE when logits and targets do not fit each other */
  forward(logits: TensorSource | NestedNumbers, targets: Targets): { loss: number; gradient: NdArray<Float32Array> } {
    required('criterion.forward(logits, targets)', { logits, targets });
    return forwardLoss(this, 'the logits', logits, targets);
  }

  targetsOf(output: Shape): TargetKind {
    if (output.length !== 1 && output.length !== 3)
      throw new HeddleError(
        'SHAPE',
        `CrossEntropyLoss got an output of shape ${formatShape(output)}, wants [classes], or [classes, height, width] for a class of each pixel; end a classifier with Flatten and Linear`,
      );
    checkWeights('CrossEntropyLoss weight', this.weight, output);
    return { of: 'classes', shape: output.slice(1), ignoreIndex: this.ignoreIndex };
  }

  metricsOf([classes]: Shape): readonly MetricName[] {
    return classes > 5 ? ['accuracy', 'top5Accuracy'] : ['accuracy'];
  }

  predictionOf(outputs: NdArray<Float32Array>): Prediction {
    return classify(outputs);
  }

  /** The phases that write each sample's own loss, its weight and the gradient of the mean with respect to the logits; without
   * smoothing when not training.
   *
   * @throws HeddleError SHAPE as targetsOf */
  plan(logits: Activation, batch: LossBatch, { kernels }: { readonly kernels: Kernels }): Phase | readonly Phase[] {
    const { shape: pixels } = this.targetsOf(logits.shape);
    if (pixels.length > 0 || this.weight || this.ignoreIndex !== undefined)
      return weightedCrossEntropy(this, logits, batch);
    const [classes] = logits.shape;
    const { targets, losses } = batch;
    return perShard(({ first, count }, { samples, training }) => {
      const [rows, gradient] = [logits.data, logits.gradient].map((data) => samplesOf(data, classes, first, count));
      const labels = (targets as Int32Array).subarray(first);
      const own = losses.subarray(first);
      const smoothing = training ? this.labelSmoothing : 0;
      kernels.softmaxCrossEntropy(rows, count, classes, labels, smoothing, 1 / samples, own, gradient);
    });
  }

  /** @throws HeddleError ARGUMENT with weight or ignoreIndex */
  planMixup(logits: Activation, { targets, losses }: LossBatch, mixingOf: (pass: Pass) => Mixing): Phase {
    const option = this.weight ? 'weight' : this.ignoreIndex === undefined ? undefined : 'ignoreIndex';
    if (option)
      throw new HeddleError('ARGUMENT', `mixup wants a CrossEntropyLoss without ${option}; leave one of the two away`);
    const [classes] = logits.shape;
    return perShard(({ first, count }, pass) => {
      const { share, classOf } = mixingOf(pass);
      const moved = share * (1 - this.labelSmoothing);
      for (let n = first; n < first + count; n++) {
        const [x, dx] = [samplesOf(logits.data, classes, n), samplesOf(logits.gradient, classes, n)];
        const [own, other] = [targets[n], classOf(n)];
        // The losses of two classes differ by their logits alone.
        losses[n] += moved * (x[own] - x[other]);
        dx[own] += moved / pass.samples;
        dx[other] -= moved / pass.samples;
      }
    });
  }
}
