import { quote } from '../errors.js';
import { formatShape, indexOf } from '../tensor/shape.js';
import { formatError } from './fileKind.js';
import type { StoredTensor } from './safetensors.js';

/** @param source what messages call the file
 * @throws HeddleError FORMAT naming the first element that no training ends with: NaN, an infinity or a negative
 *   variance */
export function checkWeights(tensors: ReadonlyMap<string, StoredTensor>, source: string): void {
  for (const [name, { shape, data }] of tensors) {
    if (data instanceof BigInt64Array) continue;
    const least = name.split('.').at(-1) === 'running_var' ? 0 : Number.NEGATIVE_INFINITY;
    const place = data.findIndex((value) => !(Number.isFinite(value) && value >= least));
    if (place < 0) continue;
    const fault = Number.isFinite(data[place]) ? 'is no variance' : 'is not finite';
    const found = `${data[place]} at ${formatShape(indexOf(place, shape))}, which ${fault}`;
    const problem = `expected numbers of a trained model in ${quote(name)}; found ${found}`;
    const advice = 'The training that wrote it went astray, or the file is damaged: take other weights';
    throw formatError(source, problem, advice);
  }
}
