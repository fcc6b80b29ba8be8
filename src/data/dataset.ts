import { HeddleError } from '../errors.js';
import { allocate } from '../tensor/allocate.js';
import type { ArrayType } from '../tensor/arena.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { sharedMemory } from '../tensor/sharedMemory.js';
import { kindOf } from '../validate.js';

/** Samples with their targets, in shared memory so that worker threads read them in place: see tensorDataset. */
export interface Dataset {
  /** Sample by sample, each in row-major order, images as C×H×W: bytes, which are scaled from 0 … 255 to 0 … 1 before they
   * are normalized, or floats, which are normalized as they are. */
  readonly inputs: Uint8Array<SharedArrayBuffer> | Float32Array<SharedArrayBuffer>;
  /** Sample by sample, each in row-major order: class numbers in integers, or floats. */
  readonly targets: Uint8Array<SharedArrayBuffer> | Int32Array<SharedArrayBuffer> | Float32Array<SharedArrayBuffer>;
  /** The number of samples. */
  readonly count: number;
  /** Of one sample: [channels, height, width] or [features]. */
  readonly shape: Shape;
  /** Of one sample's target; [] for a single number. */
  readonly targetShape: Shape;
}

/** What a network with its loss wants of a sample's target. */
export interface WantedTargets {
  readonly of: 'classes' | 'floats';
  readonly shape: Shape;
  /** Class numbers are below this. */
  readonly classes: number;
  /** A class number that is taken besides. */
  readonly ignoreIndex?: number | undefined;
}

/** Numbers of a data set for all threads. */
export function sharedArray<T>(type: ArrayType<T>, length: number): T {
  return allocate('a data set', () => new type(sharedMemory(length * type.BYTES_PER_ELEMENT), 0, length));
}

export const targetKind = ({ targets }: Dataset) =>
  targets[Symbol.toStringTag] === 'Float32Array' ? 'floats' : 'classes';

const made = 'tensorDataset(inputs, targets)';
const kinds = {
  inputs: ['Uint8Array', 'Float32Array'],
  targets: ['Uint8Array', 'Int32Array', 'Float32Array'],
} as const;

/** @throws HeddleError ARGUMENT for what is no data set, SHAPE unless its arrays have the lengths that its shapes want */
export function checkArrays(dataset: Dataset): void {
  for (const name of ['inputs', 'targets'] as const) {
    const array: unknown = dataset?.[name];
    if (!ArrayBuffer.isView(array))
      throw new HeddleError('ARGUMENT', `expected a data set, such as ${made} makes, found ${kindOf(dataset)}`);
    const kind = (array as Uint8Array)[Symbol.toStringTag];
    if (!kinds[name].some((known) => known === kind))
      throw new HeddleError(
        'ARGUMENT',
        `the data set's ${name}: expected ${kinds[name].join(' or ')}, found ${kind}. Make the data set with ${made}`,
      );
  }
  const { inputs, targets, count, shape, targetShape } = dataset;
  if (!Array.isArray(shape) || !Array.isArray(targetShape))
    throw new HeddleError('ARGUMENT', `the data set lacks its shape or targetShape. Make the data set with ${made}`);
  const [numbers, targetNumbers] = [count * sizeOf(shape), count * sizeOf(targetShape)];
  if (inputs.length !== numbers || targets.length !== targetNumbers)
    throw misfit(
      `the data set's inputs are ${inputs.length} numbers and its targets ${targets.length}; ` +
        `${count} samples of shapes ${formatShape(shape)} and ${formatShape(targetShape)} want ${numbers} and ${targetNumbers}`,
    );
}

/** @throws HeddleError ARGUMENT for what is no data set, SHAPE unless a network with its loss can take it */
export function checkDataset(dataset: Dataset, inputShape: Shape, wanted: WantedTargets): void {
  checkArrays(dataset);
  const { shape } = dataset;
  if (shape.join() !== inputShape.join())
    throw misfit(`the data set's inputs have shape ${formatShape(shape)}, the model wants ${formatShape(inputShape)}`);
  checkTargets(dataset, wanted);
}

const classText = (shape: Shape) =>
  shape.length === 0 ? 'a class number' : `class numbers of shape ${formatShape(shape)}`;
const floatText = (shape: Shape) => (shape.length === 0 ? 'a float' : `floats of shape ${formatShape(shape)}`);

function checkTargets(dataset: Dataset, { of, shape, classes, ignoreIndex }: WantedTargets): void {
  const { targets, targetShape } = dataset;
  const kind = targetKind(dataset);
  const text = { classes: classText, floats: floatText };
  if (kind !== of || targetShape.join() !== shape.join()) {
    const isOfPixels = of === 'classes' && kind === of && targetShape.length < shape.length;
    throw misfit(
      `each target of the data set is ${text[kind](targetShape)}, the loss wants ${text[of](shape)}; ` +
        (isOfPixels ? 'end a network for one class a sample with Flatten and Linear, or ' : '') +
        `give tensorDataset targets of shape ${formatShape(['N', ...shape])} and { targets: '${of}' }`,
    );
  }
  if (of === 'floats') return;
  if (targets.every((target) => target === ignoreIndex))
    throw misfit(`all targets of the data set are ${ignoreIndex}, which is ignored; expected some that count`);
  const wrong = targets.findIndex((target) => (target < 0 || target >= classes) && target !== ignoreIndex);
  if (wrong < 0) return;
  const sample = Math.floor(wrong / sizeOf(shape));
  throw misfit(
    `the target of sample ${sample} of the data set is ${targets[wrong]}; the model has classes 0 to ${classes - 1}` +
      besides(targets[wrong], ignoreIndex),
  );
}

/** What a message says of targets that are no class: what is left out, or how this one would be, where it looks as if it should. */
export function besides(target: number, ignoreIndex: number | undefined): string {
  if (ignoreIndex !== undefined) return `, and ${ignoreIndex} is ignored`;
  return target < 0 || target === 255
    ? `; new CrossEntropyLoss({ ignoreIndex: ${target} }) leaves such targets out`
    : '';
}

const misfit = (what: string) => new HeddleError('SHAPE', what);
