import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StartWeights } from '../../../src/commands/options/startWeights.js';
import { Conv2d, Flatten, Linear, Model, ReLU, Sequential } from '../../../src/index.js';
import { saveModel, saveSafetensors } from '../../../src/node.js';
import { thrown } from '../../support/thrown.js';

let folder: string;
const at = (name: string) => join(folder, name);
const network = (classes: number) =>
  new Sequential({ features: new Conv2d(3, 2, 3), act: new ReLU(), flat: new Flatten(), head: new Linear(8, classes) });
const inputShape = [3, 4, 4];
const transform = { type: 'resizeCrop', channels: 3, resize: 4, crop: [4, 4] } as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-start-'));
  const model = new Model(network(5), { inputShape, batchSize: 1, seed: 9 });
  await saveModel(at('own'), model, { transform, normalization: { mean: [0.5, 0.4, 0.3], std: 1 } });
  await saveSafetensors(at('plain'), model.stateDict());
});
afterAll(() => rm(folder, { recursive: true }));

const start = async (settings: object) =>
  (await StartWeights.read({ weights: at('own'), ...settings })) as StartWeights;
const trainerOf = (model: Model, frozen: readonly string[]) => ({ model, config: { frozen } }) as never;

describe('weights that train starts from', () => {
  it('are none without --weights', async () => {
    expect(await StartWeights.read({})).toBeUndefined();
  });

  it('of a model file bring its network, for other classes, and say how inputs are made', async () => {
    const started = await start({ freeze: 'features, act' });
    expect(started.description).toMatchObject({ transform, normalization: { mean: [0.5, 0.4, 0.3], std: 1 } });
    const graph = started.networkFor({ inputShape, numClasses: 3 });
    const frozen = started.frozen(graph);
    expect(frozen).toEqual(['features', 'act']);
    const model = new Model(graph, { batchSize: 1, frozen });
    expect(started.load(trainerOf(model, frozen))).toBe(
      `starts from 2 tensors of ${at('own')}; new for 3 classes: head.weight, head.bias; frozen: 56 of 83 parameters`,
    );
    const same = new Model(started.networkFor({ inputShape, numClasses: 5 }), { batchSize: 1 });
    expect(started.load(trainerOf(same, []))).toBe(`starts from 4 tensors of ${at('own')}`);
  });

  it('of PyTorch want a --network, and then take any that fits', async () => {
    const started = await start({ weights: at('plain'), network: 'mine.js', freeze: 'all' });
    const model = new Model(network(2), { inputShape, batchSize: 1 });
    expect(started.frozen(model.graph)).toEqual(['features', 'act', 'flat']);
    expect(started.load(trainerOf(model, []))).toContain('new for 2 classes');
    const plain = await start({ weights: at('plain') });
    expect(thrown(() => plain.networkFor({ inputShape, numClasses: 3 }))).toMatch(
      /^ARGUMENT: --weights .*plain does not say which network .*--network resnet18/,
    );
  });

  it.each<[string, object, (started: StartWeights) => unknown, RegExp]>([
    [
      'a pattern of no module',
      { freeze: 'act,layer1' },
      (started) => started.frozen(new Model(network(3), { inputShape, batchSize: 1 }).graph),
      /^ARGUMENT: --freeze act,layer1: .*'layer1'; its modules are features, act, flat, head/,
    ],
    [
      'inputs of another size than its Linear takes',
      {},
      (started) => started.networkFor({ inputShape: [3, 5, 4], numClasses: 5 }),
      /^ARGUMENT: --weights .*own: layer head, .*--network/,
    ],
    [
      'a freeze of everything',
      { freeze: '*' },
      (started) => started.load(trainerOf(new Model(network(5), { inputShape, batchSize: 1, frozen: [''] }), [''])),
      /^ARGUMENT: --freeze \* leaves nothing to train/,
    ],
  ])('are refused with %s', async (_, settings, use, message) => {
    const started = await start(settings);
    expect(thrown(() => use(started))).toMatch(message);
  });

  it('are refused when their file is none, or not finite', async () => {
    await expect(start({ weights: at('none') })).rejects.toMatchObject({ code: 'FILE' });
    await saveSafetensors(at('nan'), { w: { shape: [1], data: Float32Array.of(Number.NaN) } });
    await expect(start({ weights: at('nan') })).rejects.toMatchObject({ code: 'FORMAT' });
  });
});
