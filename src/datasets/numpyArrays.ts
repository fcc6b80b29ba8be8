import { sharedArray } from '../data/dataset.js';
import { formatError } from '../formats/fileKind.js';
import { readNpy } from '../formats/npy.js';
import { allocate } from '../tensor/allocate.js';
import { formatShape, stridesOf } from '../tensor/shape.js';
import { labelArray, type PictureSet } from './pictureSet.js';

const MOST_CLASSES = 2 ** 16;
/** How far a byte that was divided by 255 in float32, or multiplied by its inverse, may be from a whole number again. */
const ROUNDING = 1e-3;

/** Where an array keeps the axes of images: [N, H, W], [N, H, W, C] or [N, C, H, W] with 1 or 3 channels. */
interface Layout {
  readonly count: number;
  readonly shape: PictureSet['shape'];
  /** Of the axes N, C, H and W in the array's shape; -1 for channels that are no axis. */
  readonly axes: readonly [number, number, number, number];
}

/** The images of a .npy file as bytes: integers from 0 to 255, booleans as black and white, and floats that are such integers
 * or such integers divided by 255.
 * @throws HeddleError FORMAT for another shape or other numbers */
export function pixelsOf(file: Uint8Array, source: string): Pick<PictureSet, 'inputs' | 'count' | 'shape'> {
  const { name, dtype, fortranOrder, shape: given, payload } = readNpy(file, source);
  const { count, shape, axes } = layoutOf(given, source);
  const values =
    name === '|u1'
      ? payload
      : bytesFrom(
          allocate(source, () => dtype.read(payload)),
          name,
          source,
        );
  const order = given.map((_, axis) => axis);
  const strides = stridesOf(given, fortranOrder ? order.reverse() : order);
  const [sample, channel, row, column] = axes.map((axis) => strides[axis] ?? 0);
  const inputs = sharedArray<PictureSet['inputs']>(Uint8Array as never, values.length);
  let to = 0;
  for (let n = 0; n < count; n++)
    for (let c = 0; c < shape[0]; c++)
      for (let y = 0; y < shape[1]; y++)
        for (let x = 0, from = n * sample + c * channel + y * row; x < shape[2]; x++, from += column)
          inputs[to++] = values[from];
  return { inputs, count, shape };
}

function layoutOf(shape: readonly number[], source: string): Layout {
  const [count, ...rest] = shape;
  const isChannels = (length: number | undefined): length is 1 | 3 => length === 1 || length === 3;
  const found = (channels: 1 | 3, axes: Layout['axes']): Layout => {
    const [height, width] = [shape[axes[2]], shape[axes[3]]];
    if (Math.min(count, height, width) < 1) {
      const problem = `expected one image or more, of one pixel or more; found the shape ${formatShape(shape)}`;
      throw formatError(source, problem, 'Check the array');
    }
    return { count, shape: [channels, height, width], axes };
  };
  if (rest.length === 2) return found(1, [0, -1, 1, 2]);
  if (rest.length === 3 && isChannels(rest[2])) return found(rest[2], [0, 3, 1, 2]);
  if (rest.length === 3 && isChannels(rest[0])) return found(rest[0], [0, 1, 2, 3]);
  const expected = 'images of shape [N, H, W], [N, H, W, C] or [N, C, H, W] with 1 or 3 channels';
  throw formatError(
    source,
    `expected ${expected}; found ${formatShape(shape)}`,
    'Bring it into shape with numpy.reshape',
  );
}

type Numbers = ReturnType<ReturnType<typeof readNpy>['dtype']['read']>;

function bytesFrom(values: Numbers, name: string, source: string): Uint8Array {
  const isFloat = name[1] === 'f';
  const isScaled = name === '|b1' || (isFloat && !hasMoreThanOne(values));
  const [scale, tolerance] = isScaled ? [255, ROUNDING] : [1, 0];
  const bytes = allocate(source, () => new Uint8Array(values.length));
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]) * scale;
    bytes[i] = Math.round(value);
    // This fails for numbers beyond 0 to 255 too, and for NaN.
    if (Math.abs(value - bytes[i]) <= tolerance) continue;
    const expected = `whole numbers from 0 to 255${isFloat ? ', or these divided by 255' : ''}`;
    const advice = "Save images as bytes, with astype('uint8')";
    throw formatError(source, `expected ${expected}; found ${values[i]} at place ${i}`, advice);
  }
  return bytes;
}

function hasMoreThanOne(values: Numbers): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] > 1) return true;
  return false;
}

/** The class numbers of a .npy file: [N] or [N, 1] whole numbers from 0 on.
 * @throws HeddleError FORMAT for another shape or other numbers */
export function labelsOf(file: Uint8Array, source: string): PictureSet['targets'] {
  const { dtype, shape, payload } = readNpy(file, source);
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    const problem = `expected class numbers of shape [N] or [N, 1]; found ${formatShape(shape)}`;
    throw formatError(source, problem, 'If there is a number for each class, save labels.argmax(1)');
  }
  const values = allocate(source, () => dtype.read(payload));
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    most = Math.max(most, value);
    if (Number.isInteger(value) && value >= 0 && value < MOST_CLASSES) continue;
    const problem = `expected class numbers from 0 to ${MOST_CLASSES - 1}; found ${values[i]} at place ${i}`;
    throw formatError(source, problem, 'Number the classes from 0 on');
  }
  const labels = labelArray(values.length, most + 1);
  for (let i = 0; i < values.length; i++) labels[i] = Number(values[i]);
  return labels;
}
