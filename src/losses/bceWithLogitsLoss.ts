import ndarray, { type NdArray } from 'ndarray';
import type { Shape } from '../tensor/shape.js';
import { expNegative, logOnePlus, sigmoid } from '../tensor/transcendental.js';
import { options } from '../validate.js';
import { ElementwiseLoss } from './elementwiseLoss.js';
import type { MetricName, TargetKind } from './loss.js';
import { checkWeights, readWeights, type Weights } from './weights.js';

/** The answers of a network with several labels that go together in any way. */
export interface LabelPrediction {
  /** 1 for each label that is more likely than not, else 0; [samples, …] as the outputs. */
  readonly labels: NdArray<Uint8Array>;
  readonly probabilities: NdArray<Float32Array>;
}

/** −target·log sigmoid(output) − (1 − target)·log sigmoid(−output) in the mean over all numbers of the batch, as
 * torch.nn.BCEWithLogitsLoss. Outputs and targets are [labels] or images [labels, height, width]; a target is 0, 1 or between. */
export class BCEWithLogitsLoss extends ElementwiseLoss {
  readonly type = 'BCEWithLogitsLoss';
  declare readonly weight?: readonly number[];
  declare readonly posWeight?: readonly number[];

  /** @param given weight, by which each label's loss is multiplied; posWeight, by which its part for target 1 is: one number
   *   for each label, all 1 unless given. (Of images PyTorch wants these as [labels, 1, 1].) */
  constructor(given?: { readonly weight?: Weights; readonly posWeight?: Weights }, ...others: never[]) {
    super();
    const form = 'new BCEWithLogitsLoss({ weight: [1, 2], posWeight: [3, 4] })';
    const { weight, posWeight } = options(form, given, { weight: undefined, posWeight: undefined }, others);
    if (weight !== undefined) this.weight = readWeights('BCEWithLogitsLoss weight', weight);
    if (posWeight !== undefined) this.posWeight = readWeights('BCEWithLogitsLoss posWeight', posWeight);
  }

  override targetsOf(output: Shape): TargetKind {
    checkWeights('BCEWithLogitsLoss weight', this.weight, output);
    checkWeights('BCEWithLogitsLoss posWeight', this.posWeight, output);
    return super.targetsOf(output);
  }

  metricsOf(): readonly MetricName[] {
    return ['labelAccuracy'];
  }

  predictionOf({ data, shape, stride, offset }: NdArray<Float32Array>): LabelPrediction {
    return {
      labels: ndarray(
        Uint8Array.from(data, (output) => Number(output > 0)),
        shape,
        stride,
        offset,
      ),
      probabilities: ndarray(Float32Array.from(data, sigmoid), shape, stride, offset),
    };
  }

  protected lossOf(output: number, target: number, label: number): number {
    // log sigmoid(±output) without an overflow, and to the last bit where it is next to nothing.
    const common = logOnePlus(expNegative(-Math.abs(output)));
    const positive = this.positiveWeight(label) * target * (Math.max(-output, 0) + common);
    return this.labelWeight(label) * (positive + (1 - target) * (Math.max(output, 0) + common));
  }

  protected derivativeOf(output: number, target: number, label: number): number {
    const positive = this.positiveWeight(label) * target * sigmoid(-output);
    return this.labelWeight(label) * ((1 - target) * sigmoid(output) - positive);
  }

  private labelWeight(label: number): number {
    return this.weight?.[label] ?? 1;
  }

  private positiveWeight(label: number): number {
    return this.posWeight?.[label] ?? 1;
  }
}
