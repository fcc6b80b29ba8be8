import type { Model } from '../../src/network/model.js';
import type { TensorLike } from '../../src/tensor/tensorLike.js';
import { rowMajor } from '../../src/tensor/view.js';

/** A pass's output as numbers in PyTorch's order, copied. */
export const forward = (model: Pick<Model, 'forward'>, input: TensorLike) => rowMajor(model.forward(input));

/** The input's gradient likewise, of a model that computes it. */
export function backward(model: Pick<Model, 'backward'>, upstream: TensorLike): Float32Array {
  const gradient = model.backward(upstream);
  if (!gradient) throw new Error('the model was built without inputGradient');
  return rowMajor(gradient);
}
