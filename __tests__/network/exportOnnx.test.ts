import { describe, expect, it } from '@jest/globals';
import {
  type Activation,
  add,
  BatchNorm2d,
  Conv2d,
  concat,
  Dropout,
  exportOnnx,
  Flatten,
  fashionMnistClasses,
  fashionNet,
  fashionNetInput,
  flatten,
  Layer,
  type LayerPlan,
  Linear,
  MaxPool2d,
  Model,
  Module,
  mul,
  type OnnxOperator,
  ReLU,
  relu,
  Sequential,
  type Shape,
  type Value,
} from '../../src/index.js';
import { describeModel } from '../../src/network/modelDescription.js';
import { perPart } from '../../src/program/phase.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { rowMajor } from '../../src/tensor/view.js';
import { formulaValues } from '../support/formula.js';
import { relativeError } from '../support/golden.js';
import { readOnnx, runOnnx } from '../support/onnx.js';
import { forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';
import { unequal } from '../support/unequal.js';

/** Whole numbers in ±bound, the same on every machine. */
const wholes = (stream: number, length: number, bound: number) =>
  formulaValues(3, stream, length, bound + 0.5).map(Math.round);

/** Sets weights of −1, 0 and 1, and variances that have whole roots with an eps of 0.25. */
function setWholeWeights(model: Model): void {
  const state = [...model.stateDict()].map(([name, { shape, size }], stream) => {
    const values = wholes(stream, size, 1);
    const data = name.endsWith('running_var') ? values.map((value) => 4 ** (value + 1) - 0.25) : values;
    return [name, { shape, data }] as const;
  });
  model.loadStateDict(new Map(state));
}

const eps = 0.25;

/** y = −x: a layer of a user's own. */
class Negation extends Layer {
  readonly type: string = 'Negation';
  arguments = () => [];
  describe = () => 'Negation()';
  override outputShape = (input: Shape) => input;
  override onnx = (): OnnxOperator => ({ opType: 'Neg' });
  plan({ shape, data, gradient }: Activation): LayerPlan {
    const negate = perPart(1, (_part, { samples }) => {
      for (let i = 0; i < samples * sizeOf(shape); i++) data[i] = -data[i];
    });
    return { output: { shape, data, gradient }, forward: [negate], backward: [] };
  }
}

/** Branches, functions on values, and a convolution that is used twice. */
class Block extends Module {
  shared = new Conv2d(2, 2, 3, { padding: 1 });
  dropout = new Dropout();
  gate = new Conv2d(4, 4, [5, 4]);

  forward(x: Value): Value {
    const y = relu(add(this.shared.forward(this.dropout.forward(this.shared.forward(x))), x));
    const both = concat([x, y]);
    return flatten(mul(both, this.gate.forward(both)));
  }
}

const networks: readonly [what: string, network: Module, inputShape: Shape][] = [
  ['Conv2d without bias', new Sequential([new Conv2d(3, 5, 3, { bias: false })]), [3, 6, 5]],
  [
    'Conv2d of another height than width, in kernel, stride and padding',
    new Sequential([new Conv2d(2, 5, [3, 2], { stride: [2, 1], padding: [1, 0] })]),
    [2, 7, 6],
  ],
  ['Conv2d that pads more across than down', new Sequential([new Conv2d(2, 3, 3, { padding: [0, 2] })]), [2, 5, 4]],
  ['MaxPool2d that overlaps', new Sequential([new MaxPool2d(3, { stride: 2 })]), [2, 8, 7]],
  ['MaxPool2d with gaps', new Sequential([new MaxPool2d([2, 1], { stride: [3, 2] })]), [3, 8, 5]],
  ['BatchNorm2d first', new Sequential([new BatchNorm2d(2, { eps }), new Conv2d(2, 3, 3), new ReLU()]), [2, 5, 5]],
  ['Linear of features, without bias', new Sequential([new Linear(7, 3, { bias: false })]), [7]],
  ['Linear and ReLU of features', new Sequential([new Linear(7, 9), new ReLU(), new Linear(9, 2)]), [7]],
  ['Flatten of an image', new Sequential([new Flatten()]), [3, 2, 4]],
  ['Flatten of features', new Sequential([new Flatten(), new Linear(4, 4)]), [4]],
  ['Dropout last', new Sequential([new Linear(5, 4), new Dropout(0.9)]), [5]],
  ['Dropout first and alone between', new Sequential([new Dropout(), new ReLU(), new Dropout(), new ReLU()]), [5]],
  ['Dropout alone', new Sequential([new Dropout()]), [2, 3, 3]],
  ['no layer', new Sequential([]), [3]],
  [
    'layers named like the input and the output',
    new Sequential({ output: new Linear(3, 4), input: new ReLU(), input_output: new Linear(4, 2) }),
    [3],
  ],
  [
    'Sequential in Sequential',
    new Sequential({
      features: new Sequential({
        'first block': new Sequential([new Conv2d(2, 5, 3, { padding: 1 }), new ReLU(), new BatchNorm2d(5, { eps })]),
        second: new Sequential([new Conv2d(5, 4, 3, { stride: 2 }), new BatchNorm2d(4, { eps }), new MaxPool2d(2)]),
      }),
      classifier: new Sequential([new Flatten(), new Dropout(), new Linear(16, 3)]),
    }),
    [2, 10, 9],
  ],
  ['a block with branches, functions on values and a shared layer', new Block(), [2, 5, 4]],
  ['a layer of a user’s own', new Sequential([new Linear(3, 4), new Negation(), new ReLU()]), [3]],
];

describe('onnxruntime-web gives our outputs to the bit where all sums are of whole numbers, for one sample and for three:', () => {
  it.each(networks)('%s', async (_what, network, inputShape) => {
    const model = new Model(network, { inputShape, batchSize: 3, convolution: 'im2col' });
    setWholeWeights(model);
    const bytes = exportOnnx(model);
    for (const samples of [1, 3]) {
      const input = wholes(100, samples * sizeOf(inputShape), 3);
      const expected = forward(model.eval(), input);
      expect(new Set(expected).size).toBeGreaterThan(1);
      const found = await runOnnx(bytes, input, [samples, ...inputShape]);
      // A zero may have either sign.
      expect(
        unequal(
          found.map((value) => value + 0),
          expected.map((value) => value + 0),
        ),
      ).toEqual([]);
    }
  });
});

describe('the specified network', () => {
  const model = new Model(fashionNet(), { inputShape: fashionNetInput, batchSize: 4 });
  const input = formulaValues(1, 0, 4 * 784, 2);
  // So that BatchNorm's statistics are none that it starts with.
  for (let pass = 0; pass < 3; pass++) model.forward(input);
  const description = {
    classes: fashionMnistClasses,
    normalization: { mean: [0.286], std: 0.353 },
    transform: { type: 'lightOnDark', height: 28, width: 28 },
    recipe: { lr: 0.1 },
  } as const;
  const bytes = exportOnnx(model, { ...description, metadata: { mean: '7', note: 'é “7”' } });

  // Six products, whose results differ by about 3e-6 of their root mean square here (Winograd's) and 5e-7 there: 2e-5
  // when all of it adds up, and some five times that at the worst of 40 places.
  it('onnxruntime-web’s logits lie within 1e-4 of the largest of ours', async () => {
    const found = await runOnnx(bytes, input, [4, 1, 28, 28]);
    expect(relativeError(found, forward(model.eval(), input))).toBeLessThan(1e-4);
  });

  const read = readOnnx(bytes);

  it('is of IR version 8 and opset 17, from input [batch, 1, 28, 28] to output [batch, 10]', () => {
    const { irVersion, opsets, producer, inputs, outputs } = read;
    expect({ irVersion, opsets, producer }).toEqual({ irVersion: 8, opsets: [['', 17]], producer: 'heddle' });
    expect({ inputs, outputs }).toEqual({
      inputs: [['input', 'batch', 1, 28, 28]],
      outputs: [['output', 'batch', 10]],
    });
  });

  it('has the description that was given in the words of a model file, and other metadata', () => {
    const { graph, ...said } = Object.fromEntries(describeModel(model, description));
    expect(Object.fromEntries(read.metadata)).toEqual({ ...said, note: 'é “7”' });
    expect(JSON.parse(said.classes)).toEqual(fashionMnistClasses);
  });

  it('has a node for each layer but Dropout, by the layer’s full name', () => {
    const nodes = model.graph.nodes.filter(({ type }) => type !== 'Dropout');
    expect(read.nodes.map(({ name }) => name)).toEqual(nodes.map(({ name }) => name));
    expect(read.nodes[0].inputs).toEqual(['input', 'block1.0.weight', 'block1.0.bias']);
    expect(read.nodes[3].attributes).toEqual({
      kernel_shape: [3, 3],
      strides: [1, 1],
      pads: [1, 1, 1, 1],
      dilations: [1, 1],
    });
    expect(read.nodes[2].attributes).toEqual({ epsilon: [Math.fround(1e-5)] });
  });

  it('has the state dict’s tensors but num_batches_tracked, to the bit, under its names and in its shapes', () => {
    const state = [...model.stateDict()].filter(([name]) => !name.endsWith('num_batches_tracked'));
    expect(read.initializers.map(({ name, shape }) => [name, shape])).toEqual(
      state.map(([name, { shape }]) => [name, shape]),
    );
    for (const [i, [, tensor]] of state.entries())
      expect(unequal(read.initializers[i].data, rowMajor(tensor))).toEqual([]);
  });
});

describe('exportOnnx refuses', () => {
  const modelOf = (...layers: Layer[]) =>
    new Model(new Sequential({ block: new Sequential(layers) }), { inputShape: [3], batchSize: 1 });

  it('a layer without a form in ONNX, by its full name, and says what to do', () => {
    class Unknown extends Negation {
      override onnx = undefined as never;
    }
    const message = thrown(() => exportOnnx(modelOf(new Linear(3, 3), new Unknown())));
    for (const part of ['ARGUMENT: ', "'block.1'", 'Negation()', 'onnx()']) expect(message).toContain(part);
  });

  it('an operator that takes a tensor which the layer does not have, by its name', () => {
    class Slope extends Negation {
      override onnx = () => ({ opType: 'PRelu', tensors: ['slope'] });
    }
    const message = thrown(() => exportOnnx(modelOf(new Slope())));
    for (const part of ['ARGUMENT: ', "'block.0.slope'"]) expect(message).toContain(part);
  });

  it.each([[['a']], [['a', 'b', 'c']], [[]]])('the class names %j for two outputs, with both numbers', (classes) => {
    const message = thrown(() => exportOnnx(modelOf(new Linear(3, 2)), { classes }));
    for (const part of ['ARGUMENT: ', '2 classes', `found ${classes.length}`]) expect(message).toContain(part);
  });

  it('metadata that is no string, by its key', () => {
    const metadata = { mean: 0.286 } as unknown as Record<string, string>;
    const message = thrown(() => exportOnnx(modelOf(new ReLU()), { metadata }));
    for (const part of ['ARGUMENT: ', "'mean'", 'number']) expect(message).toContain(part);
  });
});
