import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeSafetensors } from '../../../src/formats/safetensors.js';
import type { Greeting } from './peer.js';
import { rate } from './rate.js';

/** A float32 tensor by its name, in PyTorch's shape. */
export type Lookup = (name: string) => { readonly shape: readonly number[]; readonly data: Float32Array };

/** An inference engine in JavaScript with the network's weights in it. */
export interface Engine {
  readonly name: string;
  readonly version: string;
  readonly threads: number;
  /** @param images [samples, 1, 28, 28] @returns [samples, 10] */
  logits(images: Float32Array): Promise<Float32Array>;
}

type Start = (lookup: Lookup, folder: string, threads: number) => Promise<Engine>;

/**
 * Is such an engine's process: `node PROGRAM FOLDER THREADS` reads the model.safetensors that heddle wrote to the folder,
 * ends unless the engine's logits agree with heddle's to 1e-4 of the largest, for one image and for a hundred, and then
 * times it on request. What ends it goes to standard error as one line.
 */
export async function serve(start: Start): Promise<void> {
  try {
    const [folder, threads] = process.argv.slice(2);
    const lookup = await readTensors(join(folder, 'model.safetensors'));
    const engine = await start(lookup, folder, Number(threads));
    const images = (batch: number) => lookup('input').data.subarray(0, 784 * batch);
    const expected = (batch: number) => lookup('output').data.subarray(0, 10 * batch);
    let error = 0;
    for (const batch of [1, 100])
      error = Math.max(error, difference(await engine.logits(images(batch)), expected(batch)));
    if (!(error < 1e-4)) throw new Error(`its logits and heddle's differ by ${error} of the largest`);
    const greeting: Greeting = { ...engine, modes: ['infer'], variants: { float32: error } };
    console.log(JSON.stringify(greeting));

    for await (const line of createInterface({ input: process.stdin })) {
      const [batch, seconds] = line.split(' ').slice(2).map(Number);
      console.log(await rate(batch, seconds, () => engine.logits(images(batch))));
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

async function readTensors(file: string): Promise<Lookup> {
  const { tensors } = decodeSafetensors(await readFile(file), file);
  return (name) => {
    const tensor = tensors.get(name);
    if (!(tensor?.data instanceof Float32Array)) throw new Error(`${file} has no float32 tensor '${name}'`);
    return { shape: tensor.shape, data: tensor.data };
  };
}

/** The largest difference from what is expected, over the largest of that; NaN if the lengths differ. */
function difference(found: Float32Array, expected: Float32Array): number {
  if (found.length !== expected.length) return Number.NaN;
  const largest = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest(found.map((value, i) => value - expected[i])) / largest(expected);
}
