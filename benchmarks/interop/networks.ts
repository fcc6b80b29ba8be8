import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { loadSafetensors, saveSafetensors } from '../../src/formats/modelFile.js';
import type { StoredTensor } from '../../src/formats/safetensors.js';
import { exportOnnx } from '../../src/network/exportOnnx.js';
import { Model } from '../../src/network/model.js';
import { efficientnetB0, mobilenetV2, resnet18, resnet34, resnet50, vgg11Bn, vgg16Bn } from '../../src/networks.js';
import { rowMajor, type StoredSource } from '../../src/tensor/view.js';

// Whether heddle/networks and torchvision load each other's weights, strictly, and then give the same logits, and
// onnxruntime-web gives them too: `npm run networks`, or `npm run networks -- resnet18` for some. Exits with 1 if they do not.

/** Of the largest logit. */
const TOLERANCE = 1e-4;
const [SAMPLES, IMAGE] = [4, [3, 64, 64]];

const networks = {
  resnet18: { create: resnet18, torchvision: 'resnet18' },
  resnet34: { create: resnet34, torchvision: 'resnet34' },
  resnet50: { create: resnet50, torchvision: 'resnet50' },
  vgg11Bn: { create: vgg11Bn, torchvision: 'vgg11_bn' },
  vgg16Bn: { create: vgg16Bn, torchvision: 'vgg16_bn' },
  mobilenetV2: { create: mobilenetV2, torchvision: 'mobilenet_v2' },
  efficientnetB0: { create: efficientnetB0, torchvision: 'efficientnet_b0' },
};
type Network = (typeof networks)[keyof typeof networks];

const script = fileURLToPath(new URL('../../../benchmarks/interop/networks.py', import.meta.url));
const python = (command: string, { torchvision }: Network, file: string) =>
  execFileSync('/usr/bin/python3', [script, command, torchvision, file], { encoding: 'utf8' });

/** The largest difference, as a share of the largest expected value. */
function difference(found: Float32Array, expected: Float32Array): number {
  const differences = found.map((value, i) => Math.abs(value - expected[i]));
  return Math.max(...differences) / Math.max(...expected.map(Math.abs));
}

async function fromTorchvision(network: Network, file: string): Promise<Record<string, number>> {
  python('write', network, file);
  const tensors = new Map((await loadSafetensors(file)).tensors);
  const [input, output] = ['input', 'output'].map((key) => (tensors.get(key) as StoredTensor).data as Float32Array);
  tensors.delete('input');
  tensors.delete('output');
  const model = new Model(network.create(), { inputShape: IMAGE, batchSize: SAMPLES }).eval();
  model.loadStateDict(tensors);
  const session = await InferenceSession.create(exportOnnx(model), { executionProviders: ['wasm'] });
  const onnx = await session.run({ input: new Tensor('float32', input, [SAMPLES, ...IMAGE]) });
  await session.release();
  return {
    heddle: difference(rowMajor(model.forward(input)), output),
    'onnxruntime-web': difference(onnx.output.data as Float32Array, output),
  };
}

/** heddle's initial weights, and running statistics that one batch has moved. */
async function toTorchvision(network: Network, file: string): Promise<number> {
  const model = new Model(network.create(), { inputShape: IMAGE, batchSize: SAMPLES, shards: 1, seed: 1 });
  const input = Float32Array.from({ length: SAMPLES * IMAGE.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * i));
  model.forward(input);
  const output = rowMajor(model.eval().forward(input));
  const tensors = new Map<string, StoredSource>(model.stateDict());
  tensors.set('input', { shape: [SAMPLES, ...IMAGE], data: input });
  tensors.set('output', { shape: [SAMPLES, output.length / SAMPLES], data: output });
  await saveSafetensors(file, tensors);
  return Number(python('check', network, file));
}

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !Object.hasOwn(networks, name));
if (unknown) throw new Error(`no network ${unknown}; there are ${Object.keys(networks).join(', ')}`);
const folder = mkdtempSync(join(tmpdir(), 'heddle-networks-'));
const file = join(folder, 'model.safetensors');
env.wasm.numThreads = availableParallelism();
try {
  for (const [name, network] of Object.entries(networks)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const errors = { ...(await fromTorchvision(network, file)), torchvision: await toTorchvision(network, file) };
    const cells = Object.entries(errors).map(([side, error]) => `${side} ${error.toExponential(1)}`);
    console.log(`${name}: logits differ, as a share of the largest, in ${cells.join(', ')}`);
    if (!Object.values(errors).every((error) => error < TOLERANCE)) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
