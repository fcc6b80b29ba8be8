import { HeddleError } from '../errors.js';
import type { ArenaMemory } from '../tensor/arena.js';
import type { Kernels } from './kernels.js';
import { referenceKernels } from './reference/index.js';
import { simdKernels, simdSupported } from './simd/index.js';

/** Which kernel set to use. `reference`, `simd` and `wide` give the same bits: plain TypeScript, 128-bit vectors, and tiles
 * for an engine that fuses those into 256-bit ones. `relaxed` multiplies and adds in one instruction where the processor
 * has one, so that its bits are those of a kind of processor. `auto` is the fastest of the first three to be had:
 * a Trainer makes `wide` of it where it can. */
export type KernelChoice = 'auto' | 'wide' | 'simd' | 'relaxed' | 'reference';

export const kernelChoices: readonly KernelChoice[] = ['auto', 'wide', 'simd', 'relaxed', 'reference'];

/** @throws HeddleError ARGUMENT when the engine does not have what is asked for */
export function loadKernels(choice: KernelChoice, memory: ArenaMemory): Kernels {
  if (choice === 'reference') return referenceKernels;
  const tier = choice === 'auto' ? 'simd' : choice;
  if (simdSupported(tier)) return simdKernels(memory, tier);
  if (choice === 'auto') return referenceKernels;
  throw new HeddleError(
    'ARGUMENT',
    `this engine has no WebAssembly SIMD for the kernels "${choice}"; use "reference" or "auto"`,
  );
}
