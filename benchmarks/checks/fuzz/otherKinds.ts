import type { Random } from './random.js';

/** How files start that are given in place of others. */
const starts = {
  lfs: 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n',
  torch: `PK\x03\x04${'\0'.repeat(22)}\x10\0\0\0archive/data.pkl`,
  npz: `PK\x03\x04${'\0'.repeat(22)}\x09\0\0\0arr_0.npy`,
  zip: 'PK\x03\x04',
  pickle: '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.',
  html: '\r\n<!DOCTYPE html>',
  npy: '\x93NUMPY\x01',
  hdf5: '\x89HDF\r\n\x1a\n',
  gguf: 'GGUF\x03\0\0\0',
  onnx: '\x08\x08\x12\x07pytorch',
  gzip: '\x1f\x8b\x08\0',
  image: '\x89PNG\r\n\x1a\n',
  idx: '\0\0\x08\x03',
  json: '{"metadata": {}}',
  safetensors: '\x40\0\0\0\0\0\0\0{"',
};

/** A file of another kind than the one that is wanted, or its start and anything. */
export function otherKind(random: Random, wanted: keyof typeof starts): Uint8Array<ArrayBuffer> {
  const start = starts[random.pick((Object.keys(starts) as (keyof typeof starts)[]).filter((kind) => kind !== wanted))];
  return new Uint8Array(Buffer.concat([Buffer.from(start, 'latin1'), random.bytes(random.pick([0, 1, 100, 600]))]));
}
