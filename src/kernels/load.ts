import { HeddleError } from '../errors.js';
import type { ArenaMemory } from '../tensor/arena.js';
import type { Kernels } from './kernels.js';
import { referenceKernels } from './reference/index.js';
import { simdKernels, simdSupported } from './simd/index.js';

export const kernelChoices = ['auto', 'wide', 'simd', 'reference'] as const;

/** Which kernel set to use; 'auto' is simd where the engine has WebAssembly vectors, else reference. */
export type KernelChoice = (typeof kernelChoices)[number];

/** @throws HeddleError ARGUMENT when simd is asked for and the engine does not have it */
export function loadKernels(choice: KernelChoice, memory: ArenaMemory): Kernels {
  if (choice === 'reference') return referenceKernels;
  if (simdSupported()) return simdKernels(memory, choice === 'wide');
  if (choice === 'auto') return referenceKernels;
  throw new HeddleError('ARGUMENT', 'this engine has no WebAssembly SIMD; use the kernels "reference" or "auto"');
}
