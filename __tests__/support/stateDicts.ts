import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { rowMajor, type TensorSource } from '../../src/tensor/view.js';

export const build = (seed = 0) =>
  new Model(
    new Sequential({
      features: new Sequential([new Conv2d(2, 3, [2, 4]), new BatchNorm2d(3)]),
      head: new Sequential([new Flatten(), new Linear(9, 5, { bias: false })]),
    }),
    { inputShape: [2, 2, 6], batchSize: 2, seed },
  );

/** All values of a state dict, in row-major order, as bits. */
export const bits = (model: Model) =>
  new Map(
    [...model.stateDict()].map(([name, tensor]) => {
      const values = rowMajor(tensor);
      return [name, values instanceof Float32Array ? [...new Uint32Array(values.buffer)] : [...values]];
    }),
  );

export const changed = (model: Model, entries: [string, TensorSource][], without: string[] = []) => {
  const state = new Map<string, TensorSource>([...model.stateDict(), ...entries]);
  for (const name of without) state.delete(name);
  return state;
};

export const count = (length: number) => Float32Array.from({ length }, (_, i) => i);

/** One linear map, and one BatchNorm2d, at two places each. */
export function buildShared(seed = 0): Model {
  const [conv, norm] = [new Conv2d(2, 2, 1), new BatchNorm2d(2)];
  const network = new Sequential({ a: new Sequential([conv, norm]), b: new Sequential([norm, conv]) });
  return new Model(network, { inputShape: [2, 2, 6], batchSize: 2, seed });
}
