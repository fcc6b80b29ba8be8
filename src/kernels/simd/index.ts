import { inflateSync } from 'fflate';
import type { ArenaMemory } from '../../tensor/arena.js';
import type { Kernels } from '../kernels.js';
import type { Argument } from './arguments.js';
import relaxedBinary from './relaxed.wasm.deflate';
import { signatures } from './signatures.js';
import simdBinary from './simd.wasm.deflate';

/** The tiers of the SIMD kernels; see kernelChoices. */
export type SimdTier = 'simd' | 'wide' | 'relaxed';

const binaries = new Map<SimdTier, Uint8Array<ArrayBuffer>>();

function binaryOf(tier: SimdTier): Uint8Array<ArrayBuffer> {
  const known = binaries.get(tier);
  if (known) return known;
  const plain = inflateSync(tier === 'relaxed' ? relaxedBinary : simdBinary);
  // Wide is simd with an empty custom section "w" behind it: an engine that keeps compiled code by its bytes, as V8 does,
  // must compile it anew once it has been told to fuse vectors.
  const binary = new Uint8Array(tier === 'wide' ? [...plain, 0, 2, 1, 'w'.charCodeAt(0)] : plain);
  binaries.set(tier, binary);
  return binary;
}

/** Whether this engine runs them: it needs WebAssembly with vectors, threads and bulk memory, and relaxed vectors. The build for
 * browsers leaves those away. */
export const simdSupported = (tier: SimdTier) =>
  typeof WebAssembly === 'object' &&
  !(tier === 'relaxed' && relaxedBinary.length === 0) &&
  WebAssembly.validate(binaryOf(tier));

type Numeric = (...numbers: number[]) => void;

/** The kernels on 128-bit vectors. Every array they are given must be a view of `memory`. */
export function simdKernels(memory: ArenaMemory, tier: SimdTier = 'simd'): Kernels {
  const env = { memory: memory as unknown as WebAssembly.Memory };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(binaryOf(tier)), { env });
  const wasm = exports as Record<string, Numeric>;
  // Other tiles are faster where the engine makes 256-bit vectors of pairs: some kernels have them by another name.
  const exported = (name: string) => (tier === 'wide' && wasm[`${name}Wide`]) || wasm[name];
  const kernels = Object.entries(signatures).map(([name, signature]) => [name, bind(exported(name), signature)]);
  return Object.fromEntries([['name', tier], ...kernels]);
}

// A step makes thousands of calls, so the array of numbers is made once. Having held undefined, it keeps them as a call
// takes them: an array of nothing but numbers, which V8 packs as float64, has each of them converted at every call.
function bind(call: Numeric, signature: readonly Argument<never>[]) {
  const numbers: number[] = new Array(call.length).fill(undefined);
  return (...values: never[]) => {
    let at = 0;
    for (let i = 0; i < values.length; i++) at = signature[i](values[i], numbers, at);
    call(...numbers);
  };
}
