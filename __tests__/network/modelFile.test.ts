import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Activation,
  add,
  BatchNorm2d,
  Conv2d,
  Flatten,
  Layer,
  type LayerPlan,
  Linear,
  Model,
  Module,
  ReLU,
  registerLayer,
  relu,
  Sequential,
  type Value,
} from '../../src/index.js';
import { loadModel, loadSafetensors, saveModel, saveSafetensors } from '../../src/node.js';
import { rowMajor } from '../../src/tensor/view.js';
import { values } from '../support/kernelRoom.js';
import { forward } from '../support/passes.js';

const inputShape = [2, 4, 3];
const options = { inputShape, batchSize: 5, seed: 3 };

class Block extends Module {
  readonly conv = new Conv2d(2, 2, 3, { padding: 1 });
  readonly bn = new BatchNorm2d(2);

  forward(x: Value): Value {
    return relu(add(this.bn.forward(this.conv.forward(x)), x));
  }
}

/** One set of weights at two places. */
const network = () => {
  const block = new Block();
  return new Sequential({ first: block, second: block, head: new Sequential([new Flatten(), new Linear(24, 3)]) });
};

/** A layer that does nothing, of any arguments. */
class Configured extends Layer {
  readonly type = 'Configured';
  constructor(readonly settings: readonly unknown[]) {
    super();
  }
  arguments = () => this.settings;
  describe = () => 'Configured()';
  plan(input: Activation): LayerPlan {
    return { output: input, forward: [], backward: [] };
  }
}

const classes = ['a', 'b', 'c'];
const normalization = { mean: 0.25, std: 0.5 };
let folder: string;
let path: string;
let model: Model;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-model-'));
  path = join(folder, 'model.safetensors');
  model = new Model(network(), options);
  forward(model, values(5 * 24)); // moves the running statistics
  await saveModel(path, model, { classes, normalization, metadata: { note: 'of a test' } });
});
afterAll(() => rm(folder, { recursive: true }));

const refusal = async (load: Promise<unknown>) =>
  load.then(
    () => 'loaded',
    ({ code, message }) => `${code}: ${message}`,
  );

describe('a model file', () => {
  it('is enough for a network in evaluation mode: the same outputs to the bit, classes and scaling', async () => {
    const loaded = await loadModel(path);
    expect([loaded.classes, loaded.normalization, loaded.model.training]).toEqual([classes, normalization, false]);
    expect([loaded.model.batchSize, loaded.model.graph]).toEqual([32, model.graph]);
    const input = values(5 * 24, 2);
    expect(forward(loaded.model, input)).toEqual(forward(model.eval(), input));
  });

  it('has the scaling of each channel, and is refused with one for other channels', async () => {
    const file = join(folder, 'channels.safetensors');
    const scaling = { mean: [0.485, 1e-7], std: [0.229, 0.224] };
    await saveModel(file, model, { normalization: scaling });
    expect((await loadModel(file)).normalization).toEqual(scaling);
    const { tensors, metadata } = await loadSafetensors(file);
    await saveSafetensors(file, tensors, new Map([...metadata, ['mean', '1,2,3']]));
    expect(await refusal(loadModel(file))).toMatch(/^FORMAT: .* one for each of the 2 channels, not \[1, 2, 3\] and/);
  });

  it('has the texts that were given besides, and every name of a tensor', async () => {
    const { tensors, metadata } = await loadSafetensors(path);
    expect([metadata.get('note'), metadata.get('format')]).toEqual(['of a test', 'pt']);
    expect([...tensors.keys()].toSorted()).toEqual([...model.stateDict().keys()].toSorted());
    expect(tensors.get('second.conv.weight')?.data).toEqual(tensors.get('first.conv.weight')?.data);
  });

  it.each([[[]], [['a', 'b']], [['a', 'b', 'c', 'd']]])(
    'is not written with %j as the classes of a network of 3 outputs: ARGUMENT',
    async (names) => {
      const found = await refusal(saveModel(join(folder, 'none.safetensors'), model, { classes: names }));
      expect(found).toMatch(new RegExp(`^ARGUMENT: .*names of 3 classes.*found ${names.length}$`));
      expect(await refusal(loadModel(join(folder, 'none.safetensors')))).toMatch(/^FILE: /);
    },
  );

  it.each<[string, unknown, string]>([
    ['Infinity', [Infinity], 'Infinity at arguments()[0]'],
    ['NaN', [1, [Number.NaN]], 'NaN at arguments()[1][0]'],
    ['-0', [{ least: -0 }], '-0 at arguments()[0].least'],
    ['undefined', [{ a: undefined }], 'undefined at arguments()[0].a'],
    ['a place of a list without an item', new Array(1), 'undefined at arguments()[0]'],
    ['a Map', [new Map()], 'an object of class Map at arguments()[0]'],
    ['a typed array', [{ a: [new Float32Array(1)] }], 'an object of class Float32Array at arguments()[0].a[0]'],
    ['a 64-bit integer', [1n], '1 at arguments()[0]'],
    ['lists 33 deep', JSON.parse('['.repeat(33) + ']'.repeat(33)), 'that deep at arguments()[0]'],
  ])('is not written of a layer whose arguments JSON does not keep, %s: ARGUMENT', async (_, settings, lost) => {
    const unwritten = new Model(new Sequential({ part: new Configured(settings as unknown[]) }), options);
    const found = await refusal(saveModel(join(folder, 'none.safetensors'), unwritten));
    expect(found).toMatch(/^ARGUMENT: layer 'part', a Configured: expected arguments that a file can hold/);
    expect(found).toContain(lost);
    expect(await refusal(loadModel(join(folder, 'none.safetensors')))).toMatch(/^FILE: /);
    expect(rowMajor(unwritten.forward(values(24)))).toEqual(values(24));
  });

  it('has the arguments of a layer as they are, of every kind that JSON keeps', async () => {
    const settings = [
      null,
      true,
      'é\u0000',
      -1.5,
      [[]],
      { a: { b: [0, {}] } },
      JSON.parse('['.repeat(31) + ']'.repeat(31)),
    ];
    const written = join(folder, 'configured.safetensors');
    await saveModel(written, new Model(new Sequential([new Configured(settings)]), options));
    const { metadata } = await loadSafetensors(written);
    expect(JSON.parse(metadata.get('graph') as string).nodes[0].arguments).toEqual(settings);
  });

  it('with a layer that is not registered loads into a network that is given, with its classes and scaling', async () => {
    const own = join(folder, 'unregistered.safetensors');
    const make = () => new Sequential([new Configured([]), new Flatten(), new Linear(24, 3)]);
    const ownModel = new Model(make(), options);
    await saveModel(own, ownModel, { classes, normalization });
    for (const given of [{}, { inputShape }]) {
      const loaded = await loadModel(own, { network: make(), ...given });
      expect([loaded.classes, loaded.normalization]).toEqual([classes, normalization]);
      expect(forward(loaded.model, values(24))).toEqual(forward(ownModel.eval(), values(24)));
    }
  });

  it('with a graph of another version loads into a network that is given with its input’s shape', async () => {
    const later = join(folder, 'later.safetensors');
    const { tensors, metadata } = await loadSafetensors(path);
    await saveSafetensors(later, tensors, new Map([...metadata, ['graph', '{"version":2}']]));
    const loaded = await loadModel(later, { network: network(), inputShape });
    expect([loaded.classes, forward(loaded.model, values(24))]).toEqual([classes, forward(model.eval(), values(24))]);
    expect(await refusal(loadModel(later, { network: network() }))).toMatch(/^FORMAT: .*graph/);
  });

  it('without a graph loads into a network that is given, and else says so: ARGUMENT', async () => {
    const plain = join(folder, 'plain.safetensors');
    await saveSafetensors(plain, model.stateDict());
    const { model: loaded, classes: names } = await loadModel(plain, { network: network(), inputShape, batchSize: 5 });
    expect([names, forward(loaded, values(5 * 24))]).toEqual([undefined, forward(model.eval(), values(5 * 24))]);
    expect(await refusal(loadModel(plain))).toMatch(
      /^ARGUMENT: .*plain\.safetensors does not say which network .* loadModel\(path, \{ network, inputShape/,
    );
  });

  it('loads into another network that is given only if its weights fit: STATE_DICT', async () => {
    expect(await refusal(loadModel(path, { network: new Sequential([new Flatten(), new Linear(24, 3)]) }))).toMatch(
      /^STATE_DICT: .*1\.weight is missing/,
    );
  });

  it.each([
    ['a graph that is no JSON', { graph: '{' }, /^FORMAT: .*metadata 'graph': expected JSON/],
    ['a graph that is none', { graph: '{"version":1}' }, /^FORMAT: .*the graph, inputs: expected a list/],
    ['a layer that does not fit', { graph: 'wider' }, /^FORMAT: .*layer head\.1, Linear\(.*\[24\]/],
    ['classes that are no list', { classes: '{"0":"a"}' }, /^FORMAT: .*classes must be a list/],
    ['classes of numbers', { classes: '[1]' }, /^FORMAT: .*classes\[0\] must be a string/],
    ['a deviation of 0', { std: '0' }, /^FORMAT: .*std above 0/],
  ])('with %s is refused by its name', async (_, changes, message) => {
    const damaged = join(folder, 'damaged.safetensors');
    const { tensors, metadata } = await loadSafetensors(path);
    const graph = metadata.get('graph')?.replace('[24,3,{"bias"', '[25,3,{"bias"') as string;
    const given = 'graph' in changes && changes.graph === 'wider' ? { graph } : changes;
    await saveSafetensors(damaged, tensors, new Map([...metadata, ...Object.entries(given)]));
    const found = await refusal(loadModel(damaged));
    expect(found).toMatch(message);
    expect(found).toContain('damaged.safetensors');
  });

  it('is not written of a layer whose type is that of another class, which would come back as that: ARGUMENT', async () => {
    class Clip extends ReLU {}
    const clipped = new Model(new Sequential({ clip: new Clip() }), options);
    expect(await refusal(saveModel(join(folder, 'clip.safetensors'), clipped))).toMatch(
      /^ARGUMENT: layer clip, ReLU\(\): its type 'ReLU' is that of another class/,
    );
  });

  it('with a layer of one’s own loads once that is registered, and else names its type', async () => {
    class Twice extends Layer {
      readonly type = 'TwiceOfATest';
      arguments = () => [];
      describe = () => 'Twice()';
      plan(input: Activation): LayerPlan {
        return { output: input, forward: [], backward: [] };
      }
    }
    const own = join(folder, 'own.safetensors');
    const ownModel = new Model(new Sequential([new Twice(), new Flatten(), new Linear(24, 2)]), options);
    await saveModel(own, ownModel);
    expect(await refusal(loadModel(own))).toMatch(/^FORMAT: .*no layer of type 'TwiceOfATest'.*registerLayer/);
    registerLayer('TwiceOfATest', Twice);
    const { model: loaded } = await loadModel(own);
    expect(rowMajor(loaded.forward(values(24)))).toEqual(rowMajor(ownModel.eval().forward(values(24))));
  });
});
