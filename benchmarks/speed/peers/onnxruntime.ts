import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { serve } from './serve.js';

// onnxruntime-web's side of peers.ts, on WebAssembly, with the model that PyTorch's side exports.

await serve(async (_lookup, folder, threads) => {
  const model = await readFile(join(folder, 'model.onnx')).catch(() => {
    throw new Error('PyTorch, which exports its model, did not');
  });
  env.wasm.numThreads = threads;
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  return {
    name: 'onnxruntime-web',
    version: env.versions.common,
    threads: env.wasm.numThreads, // it sets 1 where it cannot have threads
    async logits(images) {
      const { logits } = await session.run({ images: new Tensor('float32', images, [images.length / 784, 1, 28, 28]) });
      return logits.data as Float32Array;
    },
  };
});
