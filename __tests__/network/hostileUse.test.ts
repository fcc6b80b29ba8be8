import { describe, expect, it } from '@jest/globals';
import type { Value } from '../../src/graph/value.js';
import {
  type Activation,
  add,
  Flatten,
  Layer,
  type LayerPlan,
  Linear,
  Model,
  type Module,
  type Planner,
  perShard,
  ReLU,
  relu,
  Sequential,
  type Shape,
  samplesOf,
  sizeOf,
} from '../../src/index.js';
import { portableGraph } from '../../src/network/layersOf.js';
import { rowMajor } from '../../src/tensor/view.js';
import { values } from '../support/kernelRoom.js';
import { thrown } from '../support/thrown.js';
import { Written } from '../support/written.js';

const options = { inputShape: [10], batchSize: 4, inputGradient: true };
const namesOf = (network: Module) => new Model(network, options).graph.nodes.map(({ name }) => name);

it('backward leaves the output and what each layer made as they were, where all have one length', () => {
  const square = () => new Linear(10, 10);
  const model = new Model(new Sequential([square(), square(), new ReLU(), square(), square()]), options);
  const y = model.forward(values(40));
  const numbers = () => [rowMajor(y), ...[...model.activations.values()].map(({ data }) => data.slice())];
  const before = numbers();
  model.backward(values(40, 1));
  expect(numbers()).toEqual(before);
});

describe('a layer that overrides forward', () => {
  class PreReLU extends Linear {
    override forward(x: Value): Value {
      return super.forward(relu(x));
    }
  }
  it.each([
    ['in a Module', (layer: Layer) => new Written((x) => layer.forward(x), { layer }), 'parts.layer'],
    ['in a Sequential', (layer: Layer) => new Sequential({ layer }), 'layer'],
    ['alone', (layer: Layer) => layer, 'linear'],
  ])('counts %s', (_, network, name) => {
    expect(namesOf(network(new PreReLU(10, 2)))).toEqual(['relu', name]);
  });
});

describe('a layer whose type stands for another class', () => {
  class Clip extends ReLU {
    override readonly type: string = 'ReLU';
  }
  class Stranger extends Layer {
    readonly type = 'Flatten';
    arguments = () => [];
    describe = () => 'Stranger()';
    plan = (output: Activation): LayerPlan => ({ output, forward: [], backward: [] });
  }
  it.each([
    ['derived', new Clip(), /layer 0, ReLU\(\): its type 'ReLU' is that of another class; .* register it/],
    ['of its own', new Stranger(), /layer 0, Stranger\(\): its type 'Flatten' is that of another class/],
  ])('%s is refused where a thread would make the other: ARGUMENT', (_, layer, message) => {
    expect(thrown(() => portableGraph(new Sequential([layer]), [10]))).toMatch(message);
    expect(thrown(() => portableGraph(new Sequential([new ReLU(), new Flatten()]), [10]))).toBe('nothing thrown');
  });
});

describe('paths of modules', () => {
  it.each([
    ['with a dot in a key, which is another one’s path', { 'a.b': new ReLU(), a: { b: new ReLU() } }],
    ['with an empty key', { '': new ReLU() }],
    ['that end with a dot', { 'a.': new ReLU() }],
  ])('%s are refused: ARGUMENT', (_, record) => {
    expect(thrown(() => namesOf(new Written((x) => relu(x), { record: record as never })))).toMatch(
      /^ARGUMENT: module '.*expected a name/,
    );
  });

  it('of a Sequential with properties of its own are its list’s and theirs', () => {
    class Headed extends Sequential {
      readonly head = new Linear(10, 2);
      override forward(x: Value): Value {
        return this.head.forward(super.forward(x));
      }
    }
    const model = new Model(new Headed([new Linear(10, 10)]), options);
    expect([...model.stateDict().keys()]).toEqual(['0.weight', '0.bias', 'head.weight', 'head.bias']);
  });

  it('lead to modules alone: a property that has a forward of another kind is none', () => {
    const teacher = new Model(new Linear(10, 2), options);
    expect(namesOf(new Written((x) => relu(x), { teacher: teacher as never }))).toEqual(['relu']);
    expect(thrown(() => new Model(teacher as never, options))).toMatch(/^ARGUMENT: network must be a module/);
  });
});

describe('a parameter of one name', () => {
  /** Adds a parameter of its input's shape. */
  class Shift extends Layer {
    readonly type = 'ShiftOfATest';
    constructor(private readonly keys: readonly string[] = ['shift']) {
      super();
    }
    arguments = () => [this.keys];
    describe = () => 'Shift()';
    plan(output: Activation, planner: Planner): LayerPlan {
      for (const key of this.keys) planner.parameter(key, output.shape, { constant: 0 });
      return { output, forward: [], backward: [] };
    }
  }
  it.each<[string, Shift, RegExp]>([
    [
      'of two shapes',
      new Shift(),
      /'parts\.shift\.shift' has shape \[10\] at one use of its module and \[3\] at another/,
    ],
    [
      'asked for twice',
      new Shift(['shift', 'shift']),
      /layer parts\.shift: expected a name without a dot, once; found 'shift'/,
    ],
    ['with a dot', new Shift(['a.b']), /found 'a\.b'/],
  ])('%s is refused: ARGUMENT', (_, shift, message) => {
    const narrow = new Linear(10, 3);
    const network = new Written((x) => shift.forward(narrow.forward(shift.forward(x))), { shift, narrow });
    expect(thrown(() => new Model(network, options))).toMatch(message);
  });
});

it('a layer of two inputs that works in place gets both, also on a copy: the bits are those of add', () => {
  class AddTo extends Layer {
    readonly type = 'AddToOfATest';
    override readonly inPlace = true;
    override readonly inputCount = 2;
    arguments = () => [];
    describe = () => 'AddTo()';
    plan(a: Activation, { inputs: [, b] }: Planner): LayerPlan {
      const size = sizeOf(a.shape);
      const each = (work: (first: number, count: number) => void) => perShard(({ first, count }) => work(first, count));
      return {
        output: a,
        forward: [
          each((first, count) => {
            const [sum, other] = [a, b].map(({ data }) => samplesOf(data, size, first, count));
            for (let i = 0; i < sum.length; i++) sum[i] += other[i];
          }),
        ],
        backward: [
          each((first, count) =>
            samplesOf(b.gradient, size, first, count).set(samplesOf(a.gradient, size, first, count)),
          ),
        ],
      };
    }
  }
  const addTo = new AddTo();
  const linear = new Linear(10, 10);
  const numbers = [addTo.forward.bind(addTo), add].map((sum) => {
    const network = new Written(
      (x) => {
        const y = linear.forward(x);
        return sum(sum(y, y), y);
      },
      { linear, addTo },
    );
    const model = new Model(network, options);
    const y = rowMajor(model.forward(values(40)));
    return [y, rowMajor(model.backward(values(40, 1)) as never)];
  });
  expect(numbers[0]).toEqual(numbers[1]);
});

describe('a record that is no graph', () => {
  it.each<[string, object, Shape | undefined]>([
    ['without inputs', { nodes: [] }, undefined],
    ['of another version', { ...new Model(new ReLU(), options).graph, version: 2 }, [10]],
    ['without modules', { ...new Model(new ReLU(), options).graph, modules: [] }, [10]],
  ])('%s is refused by Model: ARGUMENT', (_, record, inputShape) => {
    expect(thrown(() => new Model(record as never, { batchSize: 1, ...(inputShape ? { inputShape } : {}) }))).toMatch(
      /^ARGUMENT: graph of a network, the graph/,
    );
  });

  it('but one needs no inputShape, and refuses another one: SHAPE', () => {
    const { graph } = new Model(new Linear(10, 2), options);
    expect(new Model(graph, { batchSize: 1 }).outputShape).toEqual([2]);
    expect(thrown(() => new Model(graph, { batchSize: 1, inputShape: [9] }))).toMatch(/^SHAPE: inputShape is \[9\]/);
  });
});
