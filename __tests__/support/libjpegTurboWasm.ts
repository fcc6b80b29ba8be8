import { readFileSync } from 'node:fs';

// Gives tests what esbuild's binary loader gives dist/: the bytes.
export default new Uint8Array(
  readFileSync(new URL('../../src/data/decode/libjpegTurbo.wasm.deflate', import.meta.url)),
);
