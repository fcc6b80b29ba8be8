import { readFileSync } from 'node:fs';

// See ./simdWasm.ts.
export default new Uint8Array(readFileSync(new URL('../../src/kernels/simd/relaxed.wasm.deflate', import.meta.url)));
