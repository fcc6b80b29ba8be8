import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeSafetensors } from '../../../src/formats/safetensors.js';
import type { Greeting } from './engine.js';
import type { Mode } from './options.js';

/** A float32 tensor by its name, in PyTorch's shape. */
export type Lookup = (name: string) => { readonly shape: readonly number[]; readonly data: Float32Array };

/** What such a process is asked for, and what reference.ts found. */
export interface Task {
  readonly folder: string;
  readonly network: string;
  readonly mode: Mode;
  readonly variant: string;
  readonly threads: number;
  /** The batch, or its first image in the mode of one image, and what heddle makes of that. */
  readonly input: Float32Array;
  readonly inputShape: readonly number[];
  readonly logits: Float32Array;
  readonly losses: Float32Array;
}

/** An engine in JavaScript with the network's weights in it. */
export interface Engine extends Greeting {
  /** Works for some seconds and returns images/s. */
  rate(seconds: number): Promise<number>;
}

/** Of the largest logit, and of the loss. */
const TOLERANCE = 1e-4;
const WARM_UP = 0.5;

/**
 * Is such an engine's process: `node PROGRAM FOLDER NETWORK MODE VARIANT THREADS` ends unless the engine's results agree with
 * those that reference.ts wrote to the folder, and then times it on request, as `startEngine` says. What ends it goes to
 * standard error as one line.
 */
export async function serve(start: (task: Task) => Promise<Engine>): Promise<void> {
  try {
    const [folder, network, mode, variant, threads] = process.argv.slice(2);
    const engine = await start({
      folder,
      network,
      mode: mode as Mode,
      variant,
      threads: Number(threads),
      ...(await readExpected(folder, mode as Mode)),
    });
    const { version, error = 0 } = engine;
    if (!(error < TOLERANCE)) throw new Error(`its results and heddle's differ by ${error} of the largest`);
    await engine.rate(WARM_UP);
    const greeting: Greeting = { version, threads: engine.threads, error: engine.error };
    console.log(JSON.stringify(greeting));
    for await (const line of createInterface({ input: process.stdin })) console.log(await engine.rate(Number(line)));
    process.exit(); // whatever threads it has
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

async function readExpected(folder: string, mode: Mode) {
  const lookup = await readTensors(join(folder, 'expected.safetensors'));
  const [input, logits] = [lookup('input'), lookup('logits')];
  const [batch, ...image] = input.shape;
  const samples = mode === 'one' ? 1 : batch;
  return {
    input: input.data.slice(0, (input.data.length / batch) * samples),
    inputShape: [samples, ...image],
    logits: logits.data.slice(0, (logits.data.length / batch) * samples),
    losses: lookup('losses').data,
  };
}

export async function readTensors(file: string): Promise<Lookup> {
  const { tensors } = decodeSafetensors(await readFile(file), file);
  return (name) => {
    const tensor = tensors.get(name);
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`${file} has no float32 tensor '${name}'`);
    return { shape: tensor.shape, data: tensor.data };
  };
}

/** The largest difference from what is expected, over the largest of that; NaN if the lengths differ. */
export function difference(found: Float32Array, expected: Float32Array): number {
  if (found.length !== expected.length) return Number.NaN;
  const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest(found.map((value, i) => value - expected[i])) / largest(expected);
}
