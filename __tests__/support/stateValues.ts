import type { Model } from '../../src/network/model.js';
import { rowMajor } from '../../src/tensor/view.js';

/** One tensor of a model's state dict, in row-major order. */
export function stateValues(model: Model, name: string): number[] {
  const tensor = model.stateDict().get(name);
  if (!tensor) throw new Error(`the model has no ${name}`);
  return Array.from(rowMajor(tensor), Number);
}
