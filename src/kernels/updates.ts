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
