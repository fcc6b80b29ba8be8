import { HeddleError } from '../errors.js';
import { kindOf } from '../validate.js';
import { isBuffer } from './bytes.js';
import { formatShape, type Shape, sizeOf, stridesOf } from './shape.js';
import { checkTensor, isComplete, isTensor, type StoredArray, type TensorSource } from './view.js';

/** Lists of lists of numbers, as deep as the tensor has axes and all of one length at each depth. */
export type NestedNumbers = readonly (number | bigint)[] | readonly NestedNumbers[];

/** Typed arrays of numbers; 64-bit integers as far as numbers tell them apart, to 2^53. */
export type NumberArray = StoredArray | Float64Array | Uint8ClampedArray;

/** What is taken for a batch: an ndarray, a typed array with its shape, nested lists, or a typed array of whole samples. */
export type TensorLike = TensorSource | NestedNumbers | NumberArray;

/** A tensor's numbers as nested lists, as torch's tolist(): a list of its first axis, each with lists of the second, … They
 * stand in PyTorch's order, whatever that of a view's `data` is. Without axes it is a number; 64-bit integers become numbers.
 *
 * @typeParam Lists what the caller knows it to be, such as number[][] for two axes
 * @throws HeddleError SHAPE when this is no tensor, its shape is not of whole numbers, or reaches beyond the data */
export function toArray<Lists extends number | NestedNumbers = NestedNumbers>(tensor: TensorSource): Lists {
  checkTensor(tensor);
  const { data, shape, stride = stridesOf(shape), offset = 0 } = tensor;
  const listOf = (axis: number, place: number): number | NestedNumbers =>
    axis === shape.length
      ? Number(data[place])
      : (Array.from({ length: shape[axis] }, (_, i) => listOf(axis + 1, place + i * stride[axis])) as NestedNumbers);
  return listOf(0, offset) as Lists;
}

/** Numbers with a shape and the strides that lead to them. */
export interface Strided {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
  readonly stride: readonly number[];
  readonly offset: number;
}

/** Reads a batch of `least` to `most` samples of a shape.
 *
 * @param what its name in messages
 * @throws HeddleError SHAPE with the shape that was found and the one that is wanted */
export function readBatch(
  what: string,
  value: TensorLike,
  sampleShape: Shape,
  most = Number.MAX_SAFE_INTEGER,
  least = 1,
): Strided {
  const tensor = ArrayBuffer.isView(value) ? wholeSamples(what, value, sampleShape) : readTensor(what, value);
  const [samples] = tensor.shape;
  if (tensor.shape.slice(1).join() !== sampleShape.join() || samples < least || samples > most) {
    const count = least === most ? least : most === Number.MAX_SAFE_INTEGER ? 'samples' : `${least} to ${most}`;
    throw new HeddleError(
      'SHAPE',
      `${what} has shape ${formatShape(tensor.shape)}; expected ${formatShape([count, ...sampleShape])}`,
    );
  }
  return tensor;
}

function wholeSamples(what: string, data: NumberArray, sampleShape: Shape): Strided {
  const shape = [data.length / sizeOf(sampleShape), ...sampleShape];
  if (!Number.isInteger(shape[0]))
    throw new HeddleError(
      'SHAPE',
      `${what} has ${data.length} numbers; expected whole samples of shape ${formatShape(sampleShape)}, ` +
        `${sizeOf(sampleShape)} numbers each`,
    );
  return readTensor(what, { data, shape });
}

/** @throws HeddleError SHAPE when there are too few numbers for the shape, lists of different lengths, no numbers, or
 * 64-bit integers beyond 2^53 */
export function readTensor(what: string, value: TensorSource | NestedNumbers): Strided {
  if (isList(value)) return fromLists(what, value);
  if (!isTensor(value))
    throw new HeddleError(
      'SHAPE',
      `${what} is ${kindOf(value)}; expected an ndarray, a typed array with its shape, or nested lists`,
    );
  const { shape, data, stride = stridesOf(shape), offset = 0 } = value;
  if (isBuffer(data))
    throw new HeddleError(
      'SHAPE',
      `${what} has an ArrayBuffer for data; expected an array of numbers: say of which, as in new Float32Array(buffer)`,
    );
  if (!isComplete({ shape, data, stride, offset }))
    throw new HeddleError(
      'SHAPE',
      `${what} has ${data.length} numbers, too few for its shape ${formatShape(shape)} with strides ${formatShape(stride)}`,
    );
  return { data: asNumbers(what, data), shape, stride, offset };
}

/** A row of numbers, such as class numbers: a list, a typed array, or a tensor of one axis. @throws HeddleError SHAPE */
export function readRow(what: string, values: ArrayLike<number | bigint> | TensorSource): ArrayLike<number> {
  if (typeof values !== 'object' || values === null || !('shape' in values || 'length' in values))
    throw new HeddleError(
      'SHAPE',
      `${what}: expected a list, a typed array or a tensor of one axis, found ${kindOf(values)}`,
    );
  if (!('shape' in values)) return asNumbers(what, values);
  const { data, shape, stride, offset } = readTensor(what, values);
  if (shape.length !== 1)
    throw new HeddleError('SHAPE', `${what}: expected one axis, found shape ${formatShape(shape)}`);
  return Float64Array.from({ length: shape[0] }, (_, i) => data[offset + i * stride[0]]);
}

/** 64-bit integers become numbers. @throws HeddleError SHAPE where a number cannot tell one from its neighbours */
function asNumbers(what: string, data: ArrayLike<number | bigint>): ArrayLike<number> {
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  if (!wide && !(Array.isArray(data) && data.some((value) => typeof value === 'bigint')))
    return data as ArrayLike<number>;
  return Float64Array.from<number | bigint>(data, (value, i) => asNumber(`number ${i} of ${what}`, value));
}

function asNumber(what: string, value: number | bigint): number {
  const number = Number(value);
  if (typeof value === 'bigint' && !Number.isSafeInteger(number))
    throw new HeddleError('SHAPE', `${what} is ${value}; expected 64-bit integers from -(2^53 - 1) to 2^53 - 1`);
  return number;
}

const isList = (value: TensorSource | NestedNumbers | number | bigint): value is NestedNumbers => Array.isArray(value);

const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'bigint';

function fromLists(what: string, lists: NestedNumbers): Strided {
  const shape: number[] = [];
  for (let list: NestedNumbers | number | bigint = lists; isList(list); list = list[0]) shape.push(list.length);
  const data = new Float64Array(sizeOf(shape));
  let count = 0;
  const walk = (list: NestedNumbers | number | bigint, axis: number, place: string) => {
    const length = shape.at(axis);
    if (isList(list) ? list.length !== length : length !== undefined || !isNumber(list))
      throw new HeddleError(
        'SHAPE',
        `${place} is ${kindOf(list)}; expected ` +
          `${length === undefined ? 'a number' : `a list of ${length}`}, as at the places before it`,
      );
    if (isList(list)) for (const [i, inner] of list.entries()) walk(inner, axis + 1, `${place}[${i}]`);
    else data[count++] = asNumber(place, list);
  };
  walk(lists, 0, what);
  return { data, shape, stride: stridesOf(shape), offset: 0 };
}
