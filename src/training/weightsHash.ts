import { createHash } from 'node:crypto';
import type { StateDict } from '../network/stateDict.js';
import { rowMajor } from '../tensor/view.js';

/** SHA-256 of all parameters and buffers in state_dict order and PyTorch's layout, as float32 little-endian bytes. */
export function weightsHash(state: StateDict): string {
  const hash = createHash('sha256');
  for (const tensor of state.values()) {
    const values = rowMajor(tensor);
    const floats = values instanceof Float32Array ? values : Float32Array.from(values, Number);
    hash.update(new Uint8Array(floats.buffer));
  }
  return hash.digest('hex');
}
