import { HeddleError } from '../errors.js';
import { formatShape, type Shape, sizeOf, stridesOf } from './shape.js';
import { isComplete, isTensor, type TensorSource } from './view.js';

/** Lists of lists of numbers, as deep as the tensor has axes and all of one length at each depth. */
export type NestedNumbers = readonly number[] | readonly NestedNumbers[];

/** Typed arrays of numbers; not of 64-bit integers. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** What is taken for a batch: an ndarray, a typed array with its shape, nested lists, or a typed array of whole samples. */
export type TensorLike = TensorSource | NestedNumbers | NumberArray;

/** Numbers with a shape and the strides that lead to them. */
export interface Strided {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
  readonly stride: readonly number[];
  readonly offset: number;
}

/**
 * Reads a batch of `least` to `most` samples of a shape.
 *
 * @param what its name in messages
 * @throws HeddleError SHAPE with the shape that was found and the one that is wanted
 */
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

/** @throws HeddleError SHAPE when there are too few numbers for the shape, lists of different lengths, or no numbers */
export function readTensor(what: string, value: TensorSource | NestedNumbers): Strided {
  if (isList(value)) return fromLists(what, value);
  if (!isTensor(value))
    throw new HeddleError(
      'SHAPE',
      `${what} is ${kindOf(value)}; expected an ndarray, a typed array with its shape, or nested lists`,
    );
  const { shape, data, stride = stridesOf(shape), offset = 0 } = value;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    throw new HeddleError('SHAPE', `${what} is made of 64-bit integers; expected numbers, as in a Float32Array`);
  if (!isComplete({ shape, data, stride, offset }))
    throw new HeddleError(
      'SHAPE',
      `${what} has ${data.length} numbers, too few for its shape ${formatShape(shape)} with strides ${formatShape(stride)}`,
    );
  return { data: data as ArrayLike<number>, shape, stride, offset };
}

const isList = (value: TensorSource | NestedNumbers | number): value is NestedNumbers => Array.isArray(value);

const kindOf = (value: unknown) =>
  typeof value === 'object' && value
    ? `a ${value.constructor?.name ?? 'object'} without shape and data`
    : String(value);

function fromLists(what: string, lists: NestedNumbers): Strided {
  const shape: number[] = [];
  for (let list: NestedNumbers | number = lists; isList(list); list = list[0]) shape.push(list.length);
  const data = new Float64Array(sizeOf(shape));
  let count = 0;
  const walk = (list: NestedNumbers | number, axis: number, place: string) => {
    const length = shape.at(axis);
    if (isList(list) ? list.length !== length : length !== undefined || typeof list !== 'number')
      throw new HeddleError(
        'SHAPE',
        `${place} is ${isList(list) ? `a list of ${list.length}` : String(list)}; expected ` +
          `${length === undefined ? 'a number' : `a list of ${length}`}, as at the places before it`,
      );
    if (isList(list)) for (const [i, inner] of list.entries()) walk(inner, axis + 1, `${place}[${i}]`);
    else data[count++] = list;
  };
  walk(lists, 0, what);
  return { data, shape, stride: stridesOf(shape), offset: 0 };
}
