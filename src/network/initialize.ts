import type { Buffer, Parameter } from '../layers/layer.js';
import { hashKey, uniform } from '../tensor/random.js';
import { sizeOf } from '../tensor/shape.js';
import { copyTensor } from '../tensor/view.js';
import { parameterView } from './stateDict.js';

/** Sets parameters and buffers as their layers ask; element i in PyTorch's order gets random number i. */
export function initialize(parameters: readonly Parameter[], buffers: readonly Buffer[], seed: number): void {
  for (const [index, parameter] of parameters.entries()) {
    const { initial, shape } = parameter;
    if ('constant' in initial) {
      parameter.data.fill(initial.constant);
      continue;
    }
    const key = hashKey(seed, 'initialize', index);
    const values = new Float32Array(sizeOf(shape));
    for (let i = 0; i < values.length; i++) values[i] = (2 * uniform(key, i) - 1) * initial.uniform;
    copyTensor({ shape, data: values }, parameterView(parameter));
  }
  for (const { data, initial } of buffers) {
    if (data instanceof BigInt64Array) data.fill(BigInt(initial));
    else data.fill(initial);
  }
}
