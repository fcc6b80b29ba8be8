import { HeddleError } from '../errors.js';
import type { ArrayType } from '../tensor/arena.js';
import { isBuffer } from '../tensor/bytes.js';
import { formatShape, indexOf, sizeOf } from '../tensor/shape.js';
import { type NestedNumbers, type NumberArray, readTensor, type Strided } from '../tensor/tensorLike.js';
import { forEachPlace, isTensor, type TensorSource } from '../tensor/view.js';
import { oneOf, options, required } from '../validate.js';
import { type Dataset, sharedArray } from './dataset.js';

/** What numbers are taken from: nested lists, an ndarray, or an array with its shape; the data may be an ArrayBuffer of bytes. */
export type DatasetSource =
  | NestedNumbers
  | (Omit<TensorSource, 'data'> & { readonly data: TensorSource['data'] | ArrayBufferLike });

export interface TensorDatasetOptions {
  /** What the inputs are. By default arrays of an integer type are bytes, and arrays of floats are floats; lists, which do not
   * say, are bytes if they are whole numbers of images, else floats. */
  readonly inputs?: 'bytes' | 'floats';
  /** What the targets are. By default arrays of an integer type are class numbers, and arrays of floats are floats; lists,
   * which do not say, are class numbers if they are whole numbers, else floats. */
  readonly targets?: 'classes' | 'floats';
}

/** A data set of samples and targets of your own, copied, as PyTorch's TensorDataset.
 *
 * @param inputs [N, C, H, W], or [N, H, W] for one channel, or [N, features]: bytes from 0 to 255, which a Trainer and
 *   `batches` scale to 0 … 1 and then normalize, or floats, which are only normalized
 * @param targets a class number, a float or a tensor of either for each sample: [N, …], or the N numbers of a typed array or an
 *   ArrayBuffer of bytes
 * @param given which of the kinds they are, where their type does not say or says another one
 * @throws HeddleError SHAPE when they do not fit each other, or for numbers that are none of their kind */
export function tensorDataset(
  inputs: DatasetSource,
  targets: DatasetSource | NumberArray | ArrayBufferLike,
  given?: TensorDatasetOptions,
  ...others: never[]
): Dataset {
  const form = "tensorDataset(inputs, targets, { inputs: 'floats', targets: 'floats' })";
  required(form, { inputs, targets });
  const kinds = options(form, given, { inputs: undefined, targets: undefined }, others);
  const [samples, answers] = [read('inputs', inputs), read('targets', targets)];
  const [count, ...shape] = samples.shape;
  if (shape.length < 1 || shape.length > 3 || sizeOf(samples.shape) === 0)
    throw misfit(
      `the inputs have shape ${formatShape(samples.shape)}; expected [N, C, H, W], [N, H, W] or [N, features]`,
    );
  if (answers.shape[0] !== count)
    throw misfit(
      `the targets have shape ${formatShape(answers.shape)}; expected ${count} of them, as there are inputs`,
    );
  const inputKind = oneOf('inputs', kinds.inputs ?? inputKindOf(samples), ['bytes', 'floats']);
  const targetKind = oneOf('targets', kinds.targets ?? targetKindOf(answers), ['classes', 'floats']);
  return {
    inputs: inputKind === 'bytes' ? bytesOf(samples) : floatsOf(samples),
    targets: targetKind === 'classes' ? classesOf(answers) : floatsOf(answers),
    count,
    shape: shape.length === 2 ? [1, ...shape] : shape,
    targetShape: answers.shape.slice(1),
  };
}

interface Numbers extends Strided {
  readonly name: 'inputs' | 'targets';
  /** The class of their typed array; undefined of lists. */
  readonly type: string | undefined;
}

function read(name: Numbers['name'], given: DatasetSource | NumberArray | ArrayBufferLike): Numbers {
  const source = asTensor(given);
  const data = isTensor(source) && ArrayBuffer.isView(source.data) ? (source.data as NumberArray) : undefined;
  return { ...readTensor(`the ${name} tensor`, source), name, type: data?.[Symbol.toStringTag] };
}

/** Numbers with their shape: buffers are bytes, and what has no shape is of one axis. */
function asTensor(given: DatasetSource | NumberArray | ArrayBufferLike): TensorSource {
  const array = isBuffer(given) ? new Uint8Array(given) : given;
  if (ArrayBuffer.isView(array)) return { data: array, shape: [array.length] };
  const { data } = (array ?? {}) as { readonly data?: unknown };
  return (isBuffer(data) ? { ...array, data: new Uint8Array(data) } : array) as TensorSource;
}

const isFloat = (type: string) => type.startsWith('Float');

function areWhole(numbers: Numbers): boolean {
  let whole = true;
  forEachPlace(numbers, (place) => {
    whole &&= Number.isInteger(numbers.data[place]);
  });
  return whole;
}

function inputKindOf(numbers: Numbers): 'bytes' | 'floats' {
  const { type, shape } = numbers;
  const floats = type === undefined ? shape.length === 2 || !areWhole(numbers) : isFloat(type);
  return floats ? 'floats' : 'bytes';
}

function targetKindOf(numbers: Numbers): 'classes' | 'floats' {
  const { type } = numbers;
  const floats = type === undefined ? !areWhole(numbers) : isFloat(type);
  return floats ? 'floats' : 'classes';
}

type Bytes = Uint8Array<SharedArrayBuffer>;

const bytesOf = (numbers: Numbers) =>
  copied<Bytes>(
    numbers,
    Uint8Array,
    (stored, value) => stored === value,
    "whole numbers from 0 to 255, or { inputs: 'floats' }",
  );

const classesOf = (numbers: Numbers) =>
  copied<Bytes | Int32Array<SharedArrayBuffer>>(
    numbers,
    numbers.type === 'Uint8Array' ? Uint8Array : Int32Array,
    (stored, value) => stored === value,
    "class numbers, whole ones below 2^31, or { targets: 'floats' }",
  );

const floatsOf = (numbers: Numbers) =>
  copied<Float32Array<SharedArrayBuffer>>(numbers, Float32Array, Number.isFinite, 'finite numbers of float32');

/** The numbers in row-major order, in shared memory. @throws HeddleError SHAPE with the place of one that does not fit there */
function copied<T extends Uint8Array | Int32Array | Float32Array>(
  { name, data, ...tensor }: Numbers,
  type: ArrayType<T>,
  fits: (stored: number, value: number) => boolean,
  expected: string,
): T {
  const values = sharedArray(type, sizeOf(tensor.shape));
  forEachPlace({ data, ...tensor }, (place, element) => {
    values[element] = data[place];
    if (!fits(values[element], data[place]))
      throw misfit(
        `the ${name} have ${data[place]} at ${formatShape(indexOf(element, tensor.shape))}; expected ${expected}`,
      );
  });
  return values;
}

const misfit = (what: string) => new HeddleError('SHAPE', what);
