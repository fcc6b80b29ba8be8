import { fileURLToPath } from 'node:url';
import type { Mode } from './options.js';

/** How an engine is started for one way to run a network. */
export interface Program {
  readonly engine: string;
  readonly variant: string;
  readonly modes: readonly Mode[];
  readonly program: string;
  readonly script: string;
}

const compiled = (name: string) => fileURLToPath(new URL(`peers/${name}.js`, import.meta.url));
const python = fileURLToPath(new URL('../benchmarks/speed/peers/pytorch.py', import.meta.resolve('heddle')));

const heddle = { engine: 'heddle', program: process.execPath, script: compiled('heddle') };
const pytorch = {
  engine: 'PyTorch',
  modes: ['train', 'infer', 'one'],
  program: '/usr/bin/python3',
  script: python,
} as const;
const inference = { modes: ['infer', 'one'], program: process.execPath } as const;
const onnxruntime = { ...inference, script: compiled('onnxruntime') };

export const programs: readonly Program[] = [
  { ...heddle, variant: 'all cores', modes: ['train', 'infer'] },
  { ...heddle, variant: 'one thread', modes: ['one'] },
  { ...heddle, variant: 'Predictor', modes: ['one'] },
  { ...pytorch, variant: 'contiguous' },
  { ...pytorch, variant: 'channels_last' },
  { ...pytorch, variant: 'bfloat16' },
  { ...onnxruntime, engine: 'onnxruntime-node', variant: 'node' },
  { ...onnxruntime, engine: 'onnxruntime-web', variant: 'web' },
  { ...inference, engine: 'TensorFlow.js', variant: 'wasm', script: compiled('tensorflow') },
];

export const peerNames = [...new Set(programs.map(({ engine }) => engine.toLowerCase()))].filter(
  (name) => name !== 'heddle',
);

export const reference = compiled('reference');
