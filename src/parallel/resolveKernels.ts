import v8 from 'node:v8';
import { HeddleError } from '../errors.js';
import type { KernelChoice } from '../kernels/load.js';
import { matrix, panelSize } from '../kernels/patches.js';
import { simdKernels, simdSupported } from '../kernels/simd/index.js';
import { AvgPool2d } from '../layers/avgPool2d.js';
import { BatchNorm2d } from '../layers/batchNorm2d.js';
import { Conv2d } from '../layers/conv2d.js';
import { Flatten } from '../layers/flatten.js';
import { GELU } from '../layers/gelu.js';
import { Linear } from '../layers/linear.js';
import { MaxPool2d } from '../layers/maxPool2d.js';
import { ReLU } from '../layers/relu.js';
import { SiLU } from '../layers/silu.js';
import { Model } from '../network/model.js';
import { Sequential } from '../network/sequential.js';
import { Arena } from '../tensor/arena.js';

/** The kernels for a choice: 'auto' becomes 'wide' where this process can have it and it is faster.
 *
 * @throws HeddleError ARGUMENT */
export function resolveKernels(choice: KernelChoice): KernelChoice {
  // Node 20 has relaxed vectors, but behind a flag.
  if (choice === 'relaxed' && nodeMajor < 21) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  if (choice !== 'auto' && choice !== 'wide') return choice;
  if (!areFused() && !answers.has(choice)) answers.set(choice, enableWideVectors(choice === 'auto'));
  if (areFused()) return 'wide';
  if (choice === 'auto') return choice;
  throw new HeddleError(
    'ARGUMENT',
    `the kernels "wide" want Node 24 or later on an x64 processor, this is ${process.version} on ${process.arch}; use "auto"`,
  );
}

const nodeMajor = Number(process.versions.node.split('.')[0]);

// V8 14.6, of Node 26, has the first name, V8 15.3, of Chromium 153, the second. It says nothing of which flags it has, and
// prints a line for one that it does not have.
const flag = Number(process.versions.v8.split('.')[0]) < 15 ? 'experimental-wasm-revectorize' : 'wasm-revectorize';

/** What came of each choice, once for the process: its threads have V8's flags in common, and so have all copies of heddle. */
const answers = answersOfProcess();
const areFused = () => [...answers.values()].includes(true);

function answersOfProcess(): Map<KernelChoice, boolean> {
  const key = Symbol.for('heddle.wide');
  const shared = globalThis as { [key: symbol]: Map<KernelChoice, boolean> | undefined };
  shared[key] ??= new Map();
  return shared[key];
}

/** Makes V8 fuse pairs of 128-bit vectors into 256-bit ones. Its flag is experimental, so a small network must come out to
 * the bit as without it, compiled as it will run, or the flag is taken back and the answer is no; so it is where it must be
 * faster and is not, as on a processor without such vectors. */
function enableWideVectors(mustBeFaster: boolean): boolean {
  if (nodeMajor < 24 || process.arch !== 'x64' || !simdSupported('simd')) return false;
  const expected = sample('simd');
  // The optimizing compiler takes a kernel on at once and not when it has run for long, as only it fuses vectors.
  v8.setFlagsFromString('--wasm-sync-tier-up');
  v8.setFlagsFromString('--wasm-tiering-budget=100');
  let wanted = false;
  try {
    const simd = mustBeFaster ? timedProduct('simd') : undefined; // compiled now, before the flag is set
    v8.setFlagsFromString(`--${flag}`);
    wanted =
      [1, 2].every(() => sample('wide').every((value, i) => Object.is(value, expected[i]))) &&
      (!simd || isFaster(timedProduct('wide'), simd));
  } catch {
    wanted = false;
  } finally {
    v8.setFlagsFromString('--no-wasm-sync-tier-up');
    v8.setFlagsFromString('--wasm-tiering-budget=13000000');
    if (!wanted) v8.setFlagsFromString(`--no-${flag}`);
  }
  return wanted;
}

/** Of a kernel set, compiled, the milliseconds of some products of matrices. */
function timedProduct(tier: 'simd' | 'wide'): () => number {
  const [rows, depth, columns] = [64, 288, 64];
  const arena = new Arena();
  const [a, panels, output] = [rows * depth, panelSize(depth, columns), rows * columns].map((n) => arena.float32(n));
  const kernels = simdKernels(arena.memory, tier);
  const time = () => {
    const start = performance.now();
    for (let i = 0; i < 4; i++) kernels.gemm(a, matrix(rows, depth), panels, undefined, output, columns, columns);
    return performance.now() - start;
  };
  time();
  return time;
}

// Fused, wide takes about 0.56 of simd's time, otherwise 1.1 times it. The best of several in turn tells these apart on a
// busy machine too; in between, simd asks less of V8.
const ROUNDS = 8;
const FASTER = 0.85;

function isFaster(wide: () => number, simd: () => number): boolean {
  const rounds = Array.from({ length: ROUNDS }, () => ({ wide: wide(), simd: simd() }));
  return Math.min(...rounds.map((round) => round.wide)) < FASTER * Math.min(...rounds.map((round) => round.simd));
}

/** Outputs and gradients of a network that uses the kernels that are cut into pairs, with rests of every kind. */
function sample(kernels: KernelChoice): number[] {
  const network = new Sequential([
    new Conv2d(1, 16, 3, { padding: 1 }),
    new ReLU(),
    new BatchNorm2d(16),
    new Conv2d(16, 16, 3, { padding: 1, groups: 16 }),
    new SiLU(),
    new Conv2d(16, 72, 3, { padding: 1 }),
    new ReLU(),
    new BatchNorm2d(72),
    new Conv2d(72, 24, 3, { padding: 1 }),
    new GELU(),
    new AvgPool2d(3, { stride: 1, padding: 1 }),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(24 * 3 * 4, 40),
    new ReLU(),
    new Linear(40, 24),
  ]);
  const model = new Model(network, { inputShape: [1, 6, 9], batchSize: 5, shards: 2, kernels });
  const wave = (length: number) => Float32Array.from({ length }, (_, i) => ((i * 7919) % 1009) / 500 - 1);
  const trained = [...model.forward(wave(5 * 54)).data];
  model.backward(wave(5 * 24));
  const gradients = model.parameters.flatMap(({ gradient }) => Array.from(gradient));
  return [...trained, ...gradients, ...model.eval().forward(wave(54)).data];
}
