import { readFileSync } from 'node:fs';

// Gives tests what esbuild's binary loader gives dist/: the bytes. Jest itself would instantiate a .wasm import.
export default new Uint8Array(readFileSync(new URL('../../src/kernels/simd/simd.wasm.deflate', import.meta.url)));
