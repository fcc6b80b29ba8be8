import { Sha256 } from '../formats/sha256.js';
import type { StateDict } from '../network/stateDict.js';
import { rowMajor } from '../tensor/view.js';

/** SHA-256 of all parameters and buffers in state_dict order and PyTorch's layout, as float32 little-endian bytes. */
export function weightsHash(state: StateDict): string {
  const hash = new Sha256();
  for (const tensor of state.values()) {
    const values = rowMajor(tensor);
    hash.update(values instanceof Float32Array ? values : Float32Array.from(values, Number));
  }
  return hash.digest();
}
