import { ownPart } from '../program/ownPart.js';
import type { Machine, Pass } from '../program/phase.js';

// A pass as numbers in shared memory: what follows, and the learning rates of the parameter groups behind it.
const FIELDS = 7;

/** How many numbers a pass is whose optimizer has so many parameter groups. */
export const passLength = (groups: number): number => FIELDS + groups;

export function writePass(numbers: Float64Array, pass: Pass): void {
  const { samples, shards, training, number, learningRate, groupRates, batch } = pass;
  numbers.set([samples, shards, Number(training), number, learningRate, batch?.index ?? 0, batch?.count ?? 0]);
  if (groupRates) numbers.set(groupRates, FIELDS);
}

/** @param machine whose part of the batch it is, where there are several */
export function readPass(numbers: Float64Array, machine: Machine | undefined): Pass {
  const [samples, shards, training, number, learningRate, index, count, ...rates] = numbers;
  const pass = {
    samples,
    shards,
    training: training === 1,
    number,
    learningRate,
    groupRates: rates.length > 0 ? rates : undefined,
    batch: count > 0 ? { index, count } : undefined,
  };
  return machine ? { ...pass, own: ownPart(pass, machine) } : pass;
}
