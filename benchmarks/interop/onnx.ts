import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { channelScales } from '../../src/data/normalization.js';
import { loadFashionMnist } from '../../src/fashionMnist/dataset.js';
import { fashionNetInput } from '../../src/fashionMnist/network.js';
import { loadSafetensors } from '../../src/formats/modelFile.js';
import { readDescription } from '../../src/network/modelDescription.js';
import { sizeOf } from '../../src/tensor/shape.js';

// Whether onnxruntime-web, with the file that dist/export.js writes, predicts the same classes of the test images as
// dist/evaluate.js: `npm run onnx -- model.safetensors`. Exits with 1 if one differs.

const BATCH = 100;
const imageSize = sizeOf(fashionNetInput);

const [weights] = process.argv.slice(2);
if (!weights) throw new Error('usage: npm run onnx -- model.safetensors');
const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'heddle-onnx-'));
const command = (name: string, ...args: string[]) => {
  const file = join(root, 'dist', `${name}.js`);
  const { status, stderr } = spawnSync(process.execPath, [file, '--weights', weights, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
};

try {
  const [model, predictions] = [join(folder, 'model.onnx'), join(folder, 'predictions.txt')];
  command('export', '--out', model);
  command('evaluate', '--predictions', predictions);
  const expected = readFileSync(predictions, 'utf8').trimEnd().split('\n').map(Number);
  const { inputs, count } = await loadFashionMnist('test');
  const { normalization = { mean: 0, std: 1 } } = readDescription(
    (await loadSafetensors(weights)).metadata,
    weights,
    undefined,
  );
  const [{ bytes }] = channelScales(normalization, 1);

  env.wasm.numThreads = availableParallelism();
  const session = await InferenceSession.create(readFileSync(model), { executionProviders: ['wasm'] });
  const found: number[] = [];
  for (let first = 0; first < count; first += BATCH) {
    const samples = Math.min(BATCH, count - first);
    const pixels = inputs.subarray(imageSize * first, imageSize * (first + samples));
    const scaled = Float32Array.from(pixels, (pixel) => bytes[pixel]);
    const input = new Tensor('float32', scaled, [samples, ...fashionNetInput]);
    const logits = (await session.run({ input })).output.data as Float32Array;
    for (let n = 0; n < logits.length; n += 10) {
      const row = logits.subarray(n, n + 10);
      found.push(row.indexOf(Math.max(...row)));
    }
  }
  await session.release();

  const differing = expected.filter((prediction, i) => prediction !== found[i]).length;
  console.log(
    `${count} test images, predictions that differ from onnxruntime-web ${env.versions.common}: ${differing}`,
  );
  if (differing > 0 || expected.length !== found.length) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
