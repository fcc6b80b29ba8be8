import v8 from 'node:v8';
import { HeddleError } from '../errors.js';
import type { KernelChoice } from '../kernels/load.js';
import { BatchNorm2d } from '../layers/batchNorm2d.js';
import { Conv2d } from '../layers/conv2d.js';
import { Flatten } from '../layers/flatten.js';
import { Linear } from '../layers/linear.js';
import { MaxPool2d } from '../layers/maxPool2d.js';
import { ReLU } from '../layers/relu.js';
import { Model } from '../model/model.js';
import { Sequential } from '../model/sequential.js';

/** The kernels for a choice: 'auto' becomes 'wide' where this process can have it. @throws HeddleError ARGUMENT */
export function resolveKernels(choice: KernelChoice): KernelChoice {
  // Node 20 has relaxed vectors, but behind a flag.
  if (choice === 'relaxed' && nodeMajor < 21) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  if (choice !== 'auto' && choice !== 'wide') return choice;
  if (enableWideVectors()) return 'wide';
  if (choice === 'auto') return choice;
  throw new HeddleError(
    'ARGUMENT',
    `the kernels "wide" want Node 24 or later on an x64 processor, this is ${process.version} on ${process.arch}; use "auto"`,
  );
}

const nodeMajor = Number(process.versions.node.split('.')[0]);

let enabled: boolean | undefined;

/**
 * Makes V8 fuse pairs of 128-bit vectors into 256-bit ones. Its flag is experimental, so a small network must come out to
 * the bit as with the reference kernels, compiled as it will run, or the flag is taken back and the answer is no.
 */
function enableWideVectors(): boolean {
  if (enabled !== undefined) return enabled;
  if (nodeMajor < 24 || process.arch !== 'x64') return false;
  v8.setFlagsFromString('--experimental-wasm-revectorize');
  // The optimizing compiler takes a kernel on at once and not when it has run for long, as only it fuses vectors.
  v8.setFlagsFromString('--wasm-sync-tier-up');
  v8.setFlagsFromString('--wasm-tiering-budget=100');
  try {
    const expected = sample('reference');
    enabled = [1, 2].every(() => sample('wide').every((value, i) => Object.is(value, expected[i])));
  } catch {
    enabled = false;
  } finally {
    v8.setFlagsFromString('--no-wasm-sync-tier-up');
    v8.setFlagsFromString('--wasm-tiering-budget=13000000');
    if (!enabled) v8.setFlagsFromString('--no-experimental-wasm-revectorize');
  }
  return enabled;
}

/** Outputs and gradients of a network that uses the kernels that are cut into pairs, with rests of every kind. */
function sample(kernels: KernelChoice): number[] {
  const network = new Sequential([
    ...[new Conv2d(1, 16, 3, { padding: 1 }), new ReLU(), new BatchNorm2d(16)],
    ...[new Conv2d(16, 72, 3, { padding: 1 }), new ReLU(), new BatchNorm2d(72)],
    ...[new Conv2d(72, 24, 3, { padding: 1 }), new MaxPool2d(2), new Flatten()],
    ...[new Linear(24 * 3 * 4, 40), new ReLU(), new Linear(40, 24)],
  ]);
  const model = new Model(network, { inputShape: [1, 6, 9], batchSize: 5, shards: 2, kernels });
  const wave = (length: number) => Float32Array.from({ length }, (_, i) => ((i * 7919) % 1009) / 500 - 1);
  const trained = [...model.forward(wave(5 * 54)).data];
  model.backward(wave(5 * 24));
  const gradients = model.parameters.flatMap(({ gradient }) => Array.from(gradient));
  return [...trained, ...gradients, ...model.eval().forward(wave(54)).data];
}
