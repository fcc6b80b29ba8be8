import type { StoredTensor } from '../../src/formats/safetensors.js';

/** A file with this header text, its true length unless told otherwise, and a payload of zeros or the bytes given. */
export function file(header: string | Uint8Array, payload: number | Uint8Array = 0, length?: bigint): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const data = typeof payload === 'number' ? new Uint8Array(payload) : payload;
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

/** What a header says of one tensor. */
export function entry(dtype: string, shape: number[], ...offsets: number[]): string {
  return JSON.stringify({ dtype, shape, data_offsets: offsets });
}

/** Tensors of each kind that a model has, with values and names that are easily lost. */
export const model = new Map<string, StoredTensor>([
  ['fc.weight', { shape: [2, 3], data: Float32Array.of(1, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3.4e38) }],
  ['bn.num_batches_tracked', { shape: [], data: BigInt64Array.of(-(2n ** 63n)) }],
  ['fc.bias', { shape: [1], data: Float32Array.of(0.1) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ['größe "x"\n', { shape: [1, 1], data: BigInt64Array.of(2n ** 62n + 1n) }],
]);
