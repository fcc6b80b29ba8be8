import type { NdArray } from 'ndarray';
import { besides } from '../data/dataset.js';
import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { referenceKernels } from '../kernels/reference/index.js';
import type { Activation } from '../layers/layer.js';
import { channelsFirst, toChannelsLast } from '../network/channelOrder.js';
import { type Phase, runAlone } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { type NestedNumbers, readBatch, readRow, readTensor, type TensorLike } from '../tensor/tensorLike.js';
import { rowMajor, type TensorSource } from '../tensor/view.js';
import { kindOf } from '../validate.js';
import type { LossBatch, TargetKind } from './loss.js';

/** Class numbers, of samples or of the pixels of images; floats. */
export type Targets = ArrayLike<number | bigint> | TensorLike;

/** A loss that needs no memory but a batch's. */
interface PlainLoss {
  targetsOf(output: Shape): TargetKind;
  plan(output: Activation, batch: LossBatch, planner: { readonly kernels: Kernels }): Phase | readonly Phase[];
}

/** The loss of a batch and its gradient, by the phases that a Trainer runs too.
 *
 * @param what the name of the outputs in messages */
export function forwardLoss(
  loss: PlainLoss,
  what: string,
  given: TensorSource | NestedNumbers,
  wanted: Targets,
): { loss: number; gradient: NdArray<Float32Array> } {
  const outputs = readTensor(`${what} tensor`, given);
  const [samples, ...shape] = outputs.shape;
  const kind = loss.targetsOf(shape);
  if (sizeOf(outputs.shape) === 0)
    throw new HeddleError('SHAPE', `${what} have shape [${outputs.shape.join(', ')}]; expected numbers in it`);
  const [data, gradient] = [new Float32Array(sizeOf(outputs.shape)), new Float32Array(sizeOf(outputs.shape))];
  toChannelsLast(outputs, shape, data);
  const batch = {
    targets: kind.of === 'classes' ? readClasses(wanted, samples, kind, shape[0]) : readFloats(wanted, samples, kind),
    losses: new Float64Array(samples),
    weights: new Float64Array(samples).fill(1),
  };
  const output = { shape, data, gradient } as unknown as Activation;
  const phases = [loss.plan(output, batch, { kernels: referenceKernels })].flat();
  runAlone(phases, { samples, shards: 1, training: true, number: 0, learningRate: 0 }, new Float32Array(0));
  return { loss: sumOf(batch.losses) / sumOf(batch.weights), gradient: channelsFirst(gradient, shape, samples) };
}

const sumOf = (numbers: Float64Array) => numbers.reduce((sum, number) => sum + number, 0);

function readFloats(targets: Targets, samples: number, { shape }: TargetKind): Float32Array {
  const data = new Float32Array(samples * sizeOf(shape));
  toChannelsLast(readBatch('the targets tensor', targets as TensorLike, shape, samples, samples), shape, data);
  return data;
}

function readClasses(
  targets: Targets,
  samples: number,
  { shape, ignoreIndex }: TargetKind,
  classes: number,
): Int32Array {
  const numbers =
    shape.length === 0
      ? readRow('the targets', targets as ArrayLike<number>)
      : rowMajor(readBatch('the targets tensor', targets as TensorLike, shape, samples, samples));
  if (numbers.length !== samples * sizeOf(shape))
    throw new HeddleError('SHAPE', `there are ${numbers.length} targets for ${samples} samples; expected one for each`);
  return Int32Array.from(numbers, (target, n) => {
    if (target === ignoreIndex || (Number.isInteger(target) && target >= 0 && target < classes)) return target;
    throw new HeddleError(
      'SHAPE',
      `target ${n} is ${kindOf(target)}; expected a class number from 0 to ${classes - 1}${besides(target, ignoreIndex)}`,
    );
  });
}
