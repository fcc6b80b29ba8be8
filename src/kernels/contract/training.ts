/** One step of torch.optim.SGD. */
export interface SgdUpdate {
  readonly learningRate: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  /** The first step sets the momentum buffer to the gradient, without dampening. */
  readonly first: boolean;
}

/** One step of torch.optim.Adam or, decoupled, of AdamW: the moments' running means, and parameter −= stepSize·expAvg /
 * (√expAvgSq / correction + eps). */
export interface AdamUpdate {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** The learning rate over 1 − beta1^steps. */
  readonly stepSize: number;
  /** √(1 − beta2^steps). */
  readonly correction: number;
  /** Added to the gradient, times the parameter. */
  readonly weightDecay: number;
  /** The parameter is multiplied by it first: 1, or 1 − learning rate · AdamW's weight decay. */
  readonly keep: number;
}

/** One step of torch.optim.RMSprop. */
export interface RmspropUpdate {
  readonly learningRate: number;
  readonly alpha: number;
  readonly eps: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** The loss, and what an optimizer does with parameters and gradients. */
export interface TrainingKernels {
  /** losses[r] = −Σc q[c]·log softmax(logits[r])[c]; dLogits[r] = (softmax(logits[r]) − q)·gradientScale, where q is
   * labelSmoothing / C for each class, and 1 − labelSmoothing more for targets[r]. */
  softmaxCrossEntropy(
    logits: Float32Array,
    rows: number,
    classes: number,
    targets: Int32Array,
    labelSmoothing: number,
    gradientScale: number,
    losses: Float64Array,
    dLogits: Float32Array,
  ): void;

  /** output[i] = gradients[i] + gradients[stride + i] + gradients[2·stride + i] …, in the order of the shards. */
  sumShards(gradients: Float32Array, count: number, stride: number, output: Float32Array): void;

  /** sums[0] = Σi x[i]², in float64: four sums, of the elements i mod 4, i ascending, are added in order. */
  sumSquares(x: Float32Array, sums: Float64Array): void;

  /** x[i] = x[i]·factor. */
  scale(x: Float32Array, factor: number): void;

  /** average[i] += (value[i] − average[i])·share. */
  average(value: Float32Array, share: number, average: Float32Array): void;

  /** PyTorch's SGD update on one slice; `momentumBuffer` is there when momentum is not 0. */
  sgd(
    parameter: Float32Array,
    gradient: Float32Array,
    momentumBuffer: Float32Array | undefined,
    update: SgdUpdate,
  ): void;

  /** PyTorch's update of Adam or AdamW on one slice; the square comes from (share·gradient)·gradient, which overflows less
   * soon than the plain square. */
  adam(
    parameter: Float32Array,
    gradient: Float32Array,
    expAvg: Float32Array,
    expAvgSq: Float32Array,
    update: AdamUpdate,
  ): void;

  /** PyTorch's RMSprop update on one slice; `momentumBuffer` is there when momentum is not 0, and `gradAvg` when the second
   * moment is centered. Where rounding makes that one negative it counts as 0; PyTorch's root of it is NaN. */
  rmsprop(
    parameter: Float32Array,
    gradient: Float32Array,
    squareAvg: Float32Array,
    momentumBuffer: Float32Array | undefined,
    gradAvg: Float32Array | undefined,
    update: RmspropUpdate,
  ): void;
}
