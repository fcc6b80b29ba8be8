import { describe, expect, it } from '@jest/globals';
import {
  type Activation,
  add,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  flatten,
  gradcheck,
  gradientOfShard,
  Layer,
  type LayerPlan,
  Linear,
  MaxPool2d,
  Model,
  type ModelOptions,
  Module,
  type Planner,
  perShard,
  ReLU,
  relu,
  rowMajor,
  Sequential,
  SGD,
  sizeOf,
  type Value,
} from '../../src/index.js';
import { values } from '../support/kernelRoom.js';
import { forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';
import { unequal } from '../support/unequal.js';

class Block extends Module {
  readonly conv: Conv2d;
  readonly norm: BatchNorm2d;
  readonly drop = new Dropout(0.4);

  constructor(inputs: number, outputs: number) {
    super();
    this.conv = new Conv2d(inputs, outputs, 3, { padding: 1 });
    this.norm = new BatchNorm2d(outputs);
  }

  forward(x: Value): Value {
    return this.drop.forward(relu(this.norm.forward(this.conv.forward(x))));
  }
}

/** Blocks in a row, around one of which there is a way, and whatever else a rule of fusion has to do with BatchNorm2d. */
class Net extends Module {
  readonly stem = new Block(2, 16);
  readonly middle = new Block(16, 16);
  readonly pooled = new Sequential([
    new Conv2d(16, 16, 1),
    new ReLU(),
    new Dropout(0.2),
    new BatchNorm2d(16),
    new MaxPool2d(2),
  ]);
  readonly branch = new Sequential([new Conv2d(16, 16, 1), new BatchNorm2d(16)]);
  readonly classifier = new Linear(16 * 3 * 2, 3);

  forward(x: Value): Value {
    const y = this.middle.forward(this.stem.forward(x));
    const z = this.pooled.forward(relu(add(this.branch.forward(y), y)));
    return this.classifier.forward(flatten(z));
  }
}

const SAMPLES = 5;
const inputShape = [2, 6, 4];
const input = (stream: number) => values(SAMPLES * 48, stream);
const upstream = (stream: number) => values(SAMPLES * 3, stream);
const build = (options: Partial<ModelOptions> = {}, network: Module = new Net()) =>
  new Model(network, { inputShape, batchSize: SAMPLES, shards: 3, seed: 2, ...options });

const state = (model: Model) =>
  new Map([...model.stateDict()].map(([name, tensor]) => [name, Array.from(rowMajor(tensor), Number)]));

/** Three steps of training, with all that moves weights; what was before them and behind, and the input's gradients. */
function course(model: Model) {
  const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.1 });
  // Running statistics that no batch has.
  for (const { name, data } of model.buffers)
    if (data instanceof Float32Array) data.set(values(data.length, name.length).map((value) => 1.2 + value / 4));
  const before = state(model);
  const passes = [1, 2, 3].map((stream) => {
    const y = forward(model, input(stream));
    const dx = model.backward({ shape: [SAMPLES, 3], data: upstream(stream) });
    optimizer.step(model);
    return [...y, ...(dx ? rowMajor(dx) : [])];
  });
  return { passes, before, after: state(model) };
}

const changed = ({ before, after }: ReturnType<typeof course>) =>
  [...before].filter(([name, numbers]) => unequal(after.get(name) ?? [], numbers).length > 0).map(([name]) => name);

const ofBlock = (path: string) =>
  ['conv.weight', 'conv.bias', 'norm.weight', 'norm.bias'].map((name) => `${path}.${name}`);
const statistics = (path: string) =>
  ['running_mean', 'running_var', 'num_batches_tracked'].map((name) => `${path}.norm.${name}`);

describe('a frozen module', () => {
  const everything = changed(course(build()));

  it.each<[string, ModelOptions['frozen'], readonly string[]]>([
    ['by its path', ['middle'], [...ofBlock('middle'), ...statistics('middle')]],
    ['that is a list’s child', ['pooled.3'], everything.filter((name) => name.startsWith('pooled.3.'))],
    ['that holds all', [''], everything],
    [
      'and a parameter',
      ['stem', 'middle.conv.weight'],
      [...ofBlock('stem'), ...statistics('stem'), 'middle.conv.weight'],
    ],
  ])('%s keeps its parameters and statistics to the bit, and all others move', (_, frozen = [], kept) => {
    expect(changed(course(build({ frozen })))).toEqual(everything.filter((name) => !kept.includes(name)));
  });

  it('may be given as the module itself', () => {
    const network = new Net();
    const names = build({ frozen: ['pooled', 'stem.norm'] });
    const modules = build({ frozen: [network.pooled, network.stem.norm] }, network);
    expect(course(modules)).toEqual(course(names));
  });

  it('gives in training what it gives in evaluation, to the bit', () => {
    const [model, other] = [build({ frozen: [''] }), build()];
    for (const each of [model, other]) course(each);
    other.loadStateDict(model.stateDict());
    expect(unequal(forward(model.train(), input(7)), forward(other.eval(), input(7)))).toEqual([]);
  });

  it('has no gradients and no backward where nothing before it is trained; what is behind it has those of a network that begins there, to the bit', () => {
    const whole = build({ frozen: ['stem', 'middle', 'pooled.2'] });
    const start = new Sequential({ stem: new Block(2, 16), middle: new Block(16, 16) });
    const features = new Model(start, { inputShape, batchSize: SAMPLES, shards: 3 });
    class Rest extends Net {
      override forward(y: Value): Value {
        return this.classifier.forward(flatten(this.pooled.forward(relu(add(this.branch.forward(y), y)))));
      }
    }
    const rest = build({ inputShape: [16, 6, 4], frozen: ['pooled.2'] }, new Rest());
    features.loadStateDict(whole.stateDict(), { strict: false });
    rest.loadStateDict(whole.stateDict(), { strict: false });
    expect(unequal(forward(whole, input(1)), forward(rest, features.eval().forward(input(1))))).toEqual([]);
    for (const model of [whole, rest]) model.backward({ shape: [SAMPLES, 3], data: upstream(1) });
    expect([...whole.gradients().keys()]).toEqual([...rest.gradients().keys()]);
    for (const [name, gradient] of rest.gradients())
      expect([name, unequal(rowMajor(whole.gradients().get(name) ?? gradient), rowMajor(gradient))]).toEqual([
        name,
        [],
      ]);
    const names = new Set(whole.plan('training').backward.map(({ work }) => work?.name));
    expect([...names].filter((name) => name?.startsWith('stem') || name?.startsWith('middle'))).toEqual([]);
  });

  it('that nothing trained stands before lets its values go: ten convolutions more take less memory than one of their outputs', () => {
    const bytes = (count: number) => {
      const conv = () => new Conv2d(8, 8, 3, { padding: 1 });
      const features = new Sequential(Array.from({ length: count }, conv).flatMap((layer) => [layer, new ReLU()]));
      const network = new Sequential({ features, flat: new Flatten(), last: new Linear(8192, 3) });
      const model = new Model(network, { inputShape: [8, 32, 32], batchSize: 32, shards: 2, frozen: ['features'] });
      model.plan('training');
      return model.arena.memory.buffer.byteLength;
    };
    expect(bytes(12) - bytes(2)).toBeLessThan(4 * 32 * 8192);
  });

  it.each([[['']], [['stem']], [['middle']], [['pooled', 'branch.1']], [['middle.norm', 'branch.1', 'pooled.3']]])(
    '%j: the same bits fused and not, of simd and reference kernels, in each step’s output, input gradient and weights',
    (frozen) => {
      const run = (options: Partial<ModelOptions>) => course(build({ frozen, inputGradient: true, ...options }));
      const expected = run({ kernels: 'reference', fusion: false });
      for (const kernels of ['simd', 'reference'] as const) expect(run({ kernels })).toEqual(expected);
    },
  );

  it.each(['winograd', 'im2col'] as const)('%s: lets gradients through, within 1e-3 and rounding', (convolution) => {
    const frozen = ['middle', 'branch.1', 'pooled', 'stem.conv.bias', 'classifier.weight'];
    expect(gradcheck(new Net(), inputShape, { frozen, convolution, batchSize: 2, shards: 2, seed: 3 })).toBe(true);
  });

  it('that stands at two places is frozen at both, by either path and by an object', () => {
    const network = () => {
      const [linear, rest] = [new Linear(4, 4), new Linear(4, 3)];
      return new Sequential({ first: linear, between: new ReLU(), again: linear, last: rest });
    };
    for (const frozen of [['first'], ['again'], ['again.weight', 'first.bias']]) {
      const model = new Model(network(), { inputShape: [4], batchSize: 2, frozen });
      expect([...model.gradients().keys()]).toEqual(['last.weight', 'last.bias']);
      expect([...model.stateDict().keys()]).toContain('again.weight');
    }
  });
});

describe('names that are frozen', () => {
  const refusal = (frozen: unknown) => thrown(() => build({ frozen: frozen as string[] }));

  it.each<[unknown, string]>([
    [['midle'], "found 'midle'; did you mean 'middle'?"],
    [['stem.conv.wieght'], "did you mean 'stem.conv.weight'?"],
    [
      ['stem.norm.running_mean'],
      "found 'stem.norm.running_mean', a buffer, which is frozen with its module: 'stem.norm'",
    ],
    [['qqqqqqqqqqqq'], 'its modules are stem, stem.conv, '],
    [
      [new Linear(1, 1)],
      "frozen[0]: expected a module of the network, its path or a parameter's name, found an object of class Linear",
    ],
    [[3], "its path or a parameter's name, found 3"],
    ['stem', "frozen must be a list of modules and names, not 'stem'"],
  ])('%j: refused with what is meant', (frozen, message) => {
    expect(refusal(frozen)).toContain(message);
    expect(refusal(frozen)).toMatch(/^ARGUMENT: /);
  });

  it('may be those of a list or an object of modules', () => {
    class Listed extends Module {
      readonly layers = [new Linear(4, 4), new Linear(4, 4)];
      readonly heads = { a: new Linear(4, 3) };

      forward(x: Value): Value {
        return this.heads.a.forward(this.layers.reduce((value, layer) => layer.forward(value), x));
      }
    }
    const model = new Model(new Listed(), { inputShape: [4], batchSize: 2, frozen: ['layers'] });
    expect([...model.gradients().keys()]).toEqual(['heads.a.weight', 'heads.a.bias']);
  });

  it('of a graph are paths; a module of the network that it comes from is none of it', () => {
    const network = new Net();
    const { graph } = build({}, network);
    const model = new Model(graph, { batchSize: 2, frozen: ['stem', 'middle'] });
    expect(model.gradients().size).toBe(10);
    expect(thrown(() => new Model(graph, { batchSize: 2, frozen: [network.stem] }))).toMatch(/^ARGUMENT: frozen\[0\]/);
  });
});

/** y = w·x with one w a channel, as people write it who know nothing of what is frozen. */
class Scale extends Layer {
  readonly type = 'Scale';

  arguments = () => [];
  describe = () => 'Scale()';

  plan(input: Activation, planner: Planner): LayerPlan {
    const [channels] = input.shape;
    const size = sizeOf(input.shape);
    const weight = planner.parameter('weight', [channels], { constant: 2 }, { sharded: true });
    const output = planner.activation(input.shape);
    const forward = perShard(({ first, count }) => {
      for (let i = first * size; i < (first + count) * size; i++)
        output.data[i] = input.data[i] * weight.data[i % channels];
    });
    const backward = perShard(({ index, first, count }) => {
      const gradient = gradientOfShard(weight, index).fill(0);
      for (let i = first * size; i < (first + count) * size; i++) {
        gradient[i % channels] += output.gradient[i] * input.data[i];
        input.gradient[i] = output.gradient[i] * weight.data[i % channels];
      }
    });
    return { output, forward: [forward], backward: [backward] };
  }
}

class Residual extends Module {
  readonly features = new Sequential([new Conv2d(2, 16, 3, { padding: 1 }), new MaxPool2d(2), new ReLU()]);
  readonly conv = new Conv2d(16, 16, 1);
  readonly last = new Linear(96, 3);

  forward(x: Value): Value {
    const y = this.features.forward(x);
    return this.last.forward(flatten(add(this.conv.forward(y), y)));
  }
}

it.each<[string, string, () => Module]>([
  [
    'a layer of one’s own that writes its gradient all the same',
    'own',
    () => new Sequential({ conv: new Conv2d(2, 3, 3), own: new Scale(), flat: new Flatten(), last: new Linear(24, 3) }),
  ],
  ['a ReLU in place, before a sum that writes its gradient all the same', 'features', () => new Residual()],
])('%s, frozen: the others have their gradients to the bit, and it keeps its weights', (_, name, network) => {
  const [frozen, free] = [[name], []].map((names) => build({ frozen: names }, network()));
  for (const model of [frozen, free]) {
    forward(model, input(1));
    model.backward({ shape: [SAMPLES, 3], data: upstream(1) });
  }
  const others = [...free.gradients()].filter(([key]) => !key.startsWith(name));
  expect([...frozen.gradients().keys()]).toEqual(others.map(([key]) => key));
  for (const [key, gradient] of others)
    expect([key, unequal(rowMajor(frozen.gradients().get(key) ?? gradient), rowMajor(gradient))]).toEqual([key, []]);
  expect(changed(course(frozen)).filter((key) => key.startsWith(name))).toEqual([]);
});
