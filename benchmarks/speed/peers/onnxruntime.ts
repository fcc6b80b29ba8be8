import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as web from 'onnxruntime-web';
import { onnxruntimeNode } from './onnxruntimeNode.js';
import { rate } from './rate.js';
import { difference, serve } from './serve.js';

// The processes of onnxruntime-node, which is native, and of onnxruntime-web on WebAssembly in peers.ts, with the model that
// heddle exports. Their interface is the same.

await serve(async ({ folder, variant, threads, input, inputShape, logits }) => {
  const native = variant === 'node';
  const onnxruntime: typeof web = native ? createRequire(onnxruntimeNode)('onnxruntime-node') : web;
  onnxruntime.env.wasm.numThreads = threads;
  const session = await onnxruntime.InferenceSession.create(await readFile(join(folder, 'model.onnx')), {
    executionProviders: [native ? 'cpu' : 'wasm'],
    intraOpNumThreads: threads,
  });
  const run = async () => {
    const { output } = await session.run({ input: new onnxruntime.Tensor('float32', input, inputShape) });
    return output.data as Float32Array;
  };
  const { node = '', common } = onnxruntime.env.versions;
  return {
    version: native ? node : common,
    threads: native ? threads : onnxruntime.env.wasm.numThreads, // it sets 1 where it cannot have threads
    error: difference(await run(), logits),
    rate: (seconds) => rate(inputShape[0], seconds, run),
  };
});
