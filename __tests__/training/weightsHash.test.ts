import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { saveSafetensors } from '../../src/formats/modelFile.js';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { weightsHash } from '../../src/training/weightsHash.js';
import { hashByHand } from '../support/hashByHand.js';

// state_dict's order in PyTorch; the file's own order is another one.
const names = [
  'block.0.weight',
  'block.0.bias',
  'block.1.weight',
  'block.1.bias',
  'block.1.running_mean',
  'block.1.running_var',
  'block.1.num_batches_tracked',
  'last.1.weight',
  'last.1.bias',
];

describe('weightsHash', () => {
  let folder: string;
  const model = new Model(
    new Sequential({
      block: new Sequential([new Conv2d(2, 3, [3, 2]), new BatchNorm2d(3)]),
      last: new Sequential([new Flatten(), new Linear(24, 2)]),
    }),
    { inputShape: [2, 4, 5], batchSize: 2, seed: 3 },
  );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'heddle-hash-'));
    model.forward(Float32Array.from({ length: 80 }, (_, i) => Math.fround(Math.sin(i))));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is the SHA-256 of all parameters and buffers in stateDict order as float32 little-endian, in PyTorch’s layout', async () => {
    expect([...model.stateDict().keys()]).toEqual(names);
    const path = join(folder, 'model.safetensors');
    await saveSafetensors(path, model.stateDict(), {});
    expect(weightsHash(model.stateDict())).toBe(hashByHand(await readFile(path), names));
  });

  it.each(names)('changes with the last element of %s', (name) => {
    const before = weightsHash(model.stateDict());
    const tensor = model.stateDict().get(name);
    if (!tensor) throw new Error(`no ${name}`);
    const { data } = tensor;
    const last = data.length - 1;
    const old = data[last];
    data[last] = typeof old === 'bigint' ? old + 1n : Math.fround(old + 0.25);
    expect(weightsHash(model.stateDict())).not.toBe(before);
    data[last] = old;
    expect(weightsHash(model.stateDict())).toBe(before);
  });

  it('of no tensors is the SHA-256 of nothing', () => {
    expect(weightsHash(new Map())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
