import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { perShard } from '../program/phase.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { flag, inRange, options, required, wholeNumber } from '../validate.js';
import { type Activation, Layer, type LayerPlan, type Planner } from './layer.js';
import { epsilonText, flagText } from './pythonText.js';
import { perElement, planSampleNorm } from './sampleNorm.js';

export interface GroupNormOptions {
  /** Added to the variance, default 1e-5. */
  eps?: number;
  /** Whether it has a weight and a bias for each channel, default true. */
  affine?: boolean;
}

/** y = (x − mean) / √(variance + eps) · weight + bias over each of numGroups groups of neighbouring channels of a sample, an
 * image or features, as torch.nn.GroupNorm. Wu and He, 2018 (arXiv:1803.08494). */
export class GroupNorm extends Layer {
  readonly type: string = 'GroupNorm';
  readonly eps: number;
  readonly affine: boolean;

  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    given?: GroupNormOptions,
    ...others: never[]
  ) {
    super();
    const form = 'new GroupNorm(numGroups, numChannels, { eps, affine })';
    required(form, { numGroups, numChannels });
    const { eps, affine } = options(form, given, { eps: 1e-5, affine: true }, others);
    wholeNumber('GroupNorm numGroups', numGroups, 1);
    wholeNumber('GroupNorm numChannels', numChannels, 1);
    if (numChannels % numGroups !== 0)
      throw new HeddleError(
        'ARGUMENT',
        `GroupNorm numChannels must be a multiple of numGroups, ${numGroups}, not ${numChannels}`,
      );
    this.eps = inRange('GroupNorm eps', eps, 0, Number.MAX_VALUE);
    this.affine = flag('GroupNorm affine', affine);
  }

  arguments() {
    return [this.numGroups, this.numChannels, { eps: this.eps, affine: this.affine }];
  }

  describe(): string {
    const { numGroups, numChannels, eps, affine } = this;
    return `GroupNorm(${numGroups}, ${numChannels}, eps=${epsilonText(eps)}, affine=${flagText(affine)})`;
  }

  override outputShape(input: Shape): Shape {
    if (input[0] === this.numChannels) return input;
    const { numChannels } = this;
    throw new HeddleError(
      'SHAPE',
      `got an input of shape ${formatShape(input)}, wants [${numChannels}, height, width] or [${numChannels}]`,
    );
  }

  /** InstanceNormalization with a group as a channel, then a BatchNormalization that does nothing but weight and bias. */
  override onnx(input: Shape): readonly OnnxOperator[] {
    const { numGroups, numChannels, eps, affine } = this;
    const reshape = (lengths: Shape): OnnxOperator => ({
      opType: 'Reshape',
      constants: [{ shape: [lengths.length], data: BigInt64Array.from(lengths, BigInt) }],
    });
    const numbers = (length: number, value: number) => ({
      shape: [length],
      data: new Float32Array(length).fill(value),
    });
    const normalized = {
      opType: 'InstanceNormalization',
      constants: [numbers(numGroups, 1), numbers(numGroups, 0)],
      attributes: { epsilon: { float: eps } },
    };
    const grouped = [reshape([0, numGroups, -1]), normalized, reshape([0, ...input])];
    if (!affine) return grouped;
    const scaled = {
      opType: 'BatchNormalization',
      tensors: ['weight', 'bias'],
      constants: [numbers(numChannels, 0), numbers(numChannels, 1)],
      attributes: { epsilon: { float: 0 } },
    };
    return [...grouped, scaled];
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { numGroups: groups, numChannels, eps, affine } = this;
    const parameter = (name: string, constant: number) =>
      affine ? planner.parameter(name, [numChannels], { constant }, { sharded: true }) : undefined;
    const [weight, bias] = [parameter('weight', 1), parameter('bias', 0)];
    const groupOf = perElement(input.shape, (c) => Math.floor((c * groups) / numChannels));
    const weightOf = perElement(input.shape, (c) => c);
    const run = numChannels / groups;
    const plan = planSampleNorm({ eps, groups, run, groupOf, weightOf, weight, bias }, input, planner);
    return sizeOf(input.shape) > groups ? plan : { ...plan, forward: [severalSamples, ...plan.forward] };
  }
}

/** A group of one value has no deviation. PyTorch refuses it of a single sample alone. */
const severalSamples = perShard((_shard, { samples }) => {
  if (samples === 1)
    throw new HeddleError(
      'SHAPE',
      'GroupNorm needs more than one value per group; this batch has a single sample with one value in each',
    );
});
