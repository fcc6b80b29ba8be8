import { ownPart } from '../program/ownPart.js';
import type { Machine, Pass } from '../program/phase.js';

// A pass as numbers in shared memory: what follows, and the learning rates of the parameter groups behind it.
const FIELDS = 9;
const NONE = -1;

/** How many numbers a pass is whose optimizer has so many parameter groups. */
export const passLength = (groups: number): number => FIELDS + groups;

export function writePass(numbers: Float64Array, pass: Pass): void {
  const { samples, shards, training, number, epoch = NONE, learningRate, groupRates, batch } = pass;
  const { index, count } = batch ?? { index: 0, count: 0 };
  const { estimatedBatches = NONE } = pass;
  numbers.set([samples, shards, Number(training), number, epoch, learningRate, index, count, estimatedBatches]);
  if (groupRates) numbers.set(groupRates, FIELDS);
}

/** @param machine whose part of the batch it is, where there are several */
export function readPass(numbers: Float64Array, machine: Machine | undefined): Pass {
  const [samples, shards, training, number, epoch, learningRate, index, count, estimated, ...rates] = numbers;
  const pass = {
    samples,
    shards,
    training: training === 1,
    number,
    epoch: epoch === NONE ? undefined : epoch,
    learningRate,
    groupRates: rates.length > 0 ? rates : undefined,
    batch: count > 0 ? { index, count } : undefined,
    estimatedBatches: estimated >= 0 ? estimated : undefined,
  };
  return machine ? { ...pass, own: ownPart(pass, machine) } : pass;
}
