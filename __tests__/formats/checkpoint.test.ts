import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HeddleError } from '../../src/errors.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../../src/formats/checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/formats/checkpointFile.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.js';
import { thrown } from '../support/thrown.js';

const checkpoint = (steps: number): Checkpoint => ({
  settings: { seed: 3, network: { layers: ['ä', null, 1.5] } },
  position: {
    steps,
    epochs: 1,
    running: { count: 7, seconds: 1.25, sums: { loss: { sum: 0.1 + 0.2, of: 6.5 }, accuracy: { sum: 5, of: 7 } } },
  },
  model: new Map([
    ['a.weight', { shape: [2, 2], data: Float32Array.of(1, -0, Number.NaN, Number.POSITIVE_INFINITY) }],
    ['a.num_batches_tracked', { shape: [], data: BigInt64Array.of(-(2n ** 63n)) }],
  ]),
  optimizer: new Map([['a.weight.momentum_buffer', { shape: [2, 2], data: Float32Array.of(1e-45, 2, 3, 4) }]]),
  average: new Map([['a.weight', { shape: [2, 2], data: Float32Array.of(5, 6, 7, 8) }]]),
  best: {
    epoch: 1,
    metric: 'validationAccuracy',
    value: 0.75,
    state: new Map([['a.weight', { shape: [2, 2], data: Float32Array.of(9, 8, 7, 6) }]]),
  },
});

describe('a checkpoint', () => {
  it('has the same content to the bit after encoding and decoding', () => {
    expect(decodeCheckpoint(encodeCheckpoint(checkpoint(5)))).toEqual(checkpoint(5));
  });

  it('is refused with FORMAT when any one byte of it has another value', () => {
    const bytes = encodeCheckpoint(checkpoint(5));
    for (let i = 0; i < bytes.length; i++) {
      const changed = bytes.slice();
      changed[i] ^= 0x10;
      expect([i, thrown(() => decodeCheckpoint(changed))]).toEqual([i, expect.stringMatching(/^FORMAT: /)]);
    }
  });

  it('is refused with FORMAT when it ends early, at every length', () => {
    const bytes = encodeCheckpoint(checkpoint(5));
    for (let length = 0; length < bytes.length; length++)
      expect(thrown(() => decodeCheckpoint(bytes.subarray(0, length)))).toMatch(/^FORMAT: /);
  });

  it.each([
    ['a key twice', '{"seed":1,"seed":2}'],
    ['spaces', '{"seed": 1}'],
    ['a list of 200,000 levels', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['a number', '1'],
    ['no JSON', '{'],
  ])('whose settings are %s is refused with FORMAT, even if its checksum is right', (_, settings) => {
    const position = JSON.stringify(checkpoint(5).position);
    const sha256 = createHash('sha256')
      .update(JSON.stringify([settings, position]))
      .digest('hex');
    const bytes = encodeSafetensors(new Map(), { format: 'heddle-checkpoint-3', settings, position, sha256 });
    expect(thrown(() => decodeCheckpoint(bytes))).toMatch(
      /^FORMAT: checkpoint: expected a checkpoint; its settings are not/,
    );
  });

  it.each([
    ['a count below 0', { count: -1 }, "a whole number of 0 or more as running.count; found '-1'"],
    ['a sum of nothing', { sums: { loss: { sum: 1 } } }, "a number as running.sums.loss.of; found 'none'"],
    [
      'a sum that is a text',
      { sums: { loss: { sum: '1', of: 1 } } },
      'a number as running.sums.loss.sum; found \'\\"1\\"\'',
    ],
    ['no sums', { sums: undefined }, "an object as running.sums; found 'none'"],
    ['no seconds', { seconds: undefined }, "a number as running.seconds; found 'none'"],
  ])('whose position has %s is refused with what was expected, where and what was found', (_, wrong, message) => {
    const { position, ...rest } = checkpoint(5);
    const running = { ...position.running, ...wrong } as Checkpoint['position']['running'];
    const bytes = encodeCheckpoint({ ...rest, position: { ...position, running } });
    expect(thrown(() => decodeCheckpoint(bytes, 'x'))).toBe(
      `FORMAT: x: expected a checkpoint; its position: expected ${message}`,
    );
  });

  it('is refused with a tensor of a type that none of its parts has', () => {
    const [settings, position] = ['{}', JSON.stringify(checkpoint(5).position)];
    const data = Int32Array.of(7);
    const hash = createHash('sha256').update(JSON.stringify([settings, position]));
    const sha256 = hash
      .update(JSON.stringify(['model.a', [1]]))
      .update(new Uint8Array(data.buffer))
      .digest('hex');
    const tensors = { 'model.a': { shape: [1], data } };
    const bytes = encodeSafetensors(tensors, { format: 'heddle-checkpoint-3', settings, position, sha256 });
    expect(thrown(() => decodeCheckpoint(bytes))).toMatch(/^FORMAT: .*its tensor "model.a" is of type I32/);
  });

  it('is read from an ArrayBuffer too', () => {
    const { buffer } = Uint8Array.from(encodeCheckpoint(checkpoint(5)));
    expect(decodeCheckpoint(buffer)).toEqual(checkpoint(5));
  });

  it('is not a model file: one without checkpoint metadata is refused by name of what it lacks', () => {
    const { tensors } = decodeSafetensors(encodeCheckpoint(checkpoint(5)));
    expect(thrown(() => decodeCheckpoint(encodeSafetensors(tensors, { format: 'pt' }), 'x.safetensors'))).toMatch(
      /^FORMAT: x\.safetensors: expected a checkpoint; its metadata says format "pt"/,
    );
  });
});

describe('a folder’s checkpoints', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'heddle-checkpoint-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  const newest = () => join(folder, 'checkpoint.safetensors');

  it('are none at first, then the newest and the one before it, and nothing else', async () => {
    expect(await loadCheckpoint(folder)).toBeUndefined();
    for (const steps of [1, 2, 3]) {
      await saveCheckpoint(folder, checkpoint(steps));
      expect(await loadCheckpoint(folder)).toEqual({ checkpoint: checkpoint(steps) });
    }
    expect((await readdir(folder)).sort()).toEqual(['checkpoint.previous.safetensors', 'checkpoint.safetensors']);
    expect(decodeCheckpoint(await readFile(join(folder, 'checkpoint.previous.safetensors')))).toEqual(checkpoint(2));
  });

  it('give the one before when the newest is damaged or missing, and say why', async () => {
    for (const steps of [1, 2]) await saveCheckpoint(folder, checkpoint(steps));
    await writeFile(newest(), (await readFile(newest())).subarray(0, 300));
    const found = await loadCheckpoint(folder);
    expect(found?.checkpoint).toEqual(checkpoint(1));
    expect(found?.damaged?.message).toContain(newest());
    await rm(newest());
    expect(await loadCheckpoint(folder)).toEqual({ checkpoint: checkpoint(1) });
  });

  it('are an error FORMAT when none of them is whole', async () => {
    await writeFile(newest(), 'x');
    await expect(loadCheckpoint(folder)).rejects.toMatchObject({ code: 'FORMAT' });
  });

  it('stay as they were when a new one cannot be written, with FILE naming the path', async () => {
    await saveCheckpoint(folder, checkpoint(1));
    // A folder stands where the checkpoint before belongs: even root cannot write there.
    await mkdir(join(folder, 'checkpoint.previous.safetensors'));
    const failure = await saveCheckpoint(folder, checkpoint(2)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HeddleError);
    expect(failure).toMatchObject({ code: 'FILE', message: expect.stringContaining(newest()) });
    expect(await loadCheckpoint(folder)).toEqual({ checkpoint: checkpoint(1) });
    expect((await readdir(folder)).sort()).toEqual(['checkpoint.previous.safetensors', 'checkpoint.safetensors']);
  });
});
