import { describe, expect, it } from '@jest/globals';
import type { Graph } from '../../../src/graph/graph.js';
import { Conv2d } from '../../../src/layers/conv2d.js';
import { ConvTranspose2d } from '../../../src/layers/convTranspose2d.js';
import { exportOnnx } from '../../../src/network/exportOnnx.js';
import { Model } from '../../../src/network/model.js';
import type { ModelOptions } from '../../../src/network/modelOptions.js';
import { Sequential } from '../../../src/network/sequential.js';
import { sizeOf } from '../../../src/tensor/shape.js';
import type { TensorSource } from '../../../src/tensor/view.js';
import { rowMajor } from '../../../src/tensor/view.js';
import { formulaValues } from '../../support/formula.js';
import { readJson } from '../../support/golden.js';
import { runOnnx } from '../../support/onnx.js';
import { backward, forward } from '../../support/passes.js';
import { unequal } from '../../support/unequal.js';

type Result = 'y' | 'dx' | 'dweight' | 'dbias';

/** What golden/convolutions_reference.py has of a layer. */
interface Case extends Partial<Record<Result, readonly number[]>> {
  readonly type: 'Conv2d' | 'ConvTranspose2d';
  readonly arguments: never;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly samples: number;
  readonly description: string;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly sizes: Partial<Record<Result, number>>;
}

const classes = { Conv2d, ConvTranspose2d };
const cases = (readJson('convolutions.json') as Case[]).map((each, seed) => ({ ...each, seed }));
const layerOf = ({ type, arguments: given }: Case) =>
  Reflect.construct(classes[type], given) as Conv2d | ConvTranspose2d;

const STREAMS = { x: 0, dy: 1, weight: 2, bias: 3 } as const;

/** A model of the layer with the case's weights. */
function modelOf(golden: (typeof cases)[number], options: Partial<ModelOptions>): Model {
  const { inputShape, samples, seed, shapes } = golden;
  const model = new Model(new Sequential([layerOf(golden)]), {
    inputShape,
    batchSize: samples + 1,
    shards: 2,
    inputGradient: true,
    ...options,
  });
  const state = Object.entries(shapes).map(([name, shape]): [string, TensorSource] => [
    `0.${name}`,
    { shape, data: formulaValues(seed, STREAMS[name as 'weight'], sizeOf(shape)) },
  ]);
  model.loadStateDict(new Map(state));
  return model;
}

/** The results of a training pass, and the output in evaluation. */
function pass(golden: (typeof cases)[number], options: Partial<ModelOptions>): Record<string, ArrayLike<number>> {
  const { inputShape, outputShape, samples, seed } = golden;
  const model = modelOf(golden, options);
  // What an earlier pass of other numbers left must not show.
  forward(model, formulaValues(99, 0, (samples + 1) * sizeOf(inputShape)));
  backward(model, formulaValues(99, 1, (samples + 1) * sizeOf(outputShape)));
  const x = formulaValues(seed, STREAMS.x, samples * sizeOf(inputShape));
  const y = forward(model, x);
  const dx = backward(model, formulaValues(seed, STREAMS.dy, samples * sizeOf(outputShape)));
  const gradients = [...model.gradients()].map(([name, array]) => [name.replace('0.', 'd'), rowMajor(array)] as const);
  return { y, dx, ...Object.fromEntries(gradients), evaluated: forward(model.eval(), x) };
}

describe.each(cases)('$description of $samples × $inputShape', (golden) => {
  it('prints as PyTorch does, with its state dict and the same output shape, also when it is made of a graph', () => {
    const layer = layerOf(golden);
    expect(layer.describe()).toBe(golden.description);
    expect(layer.outputShape(golden.inputShape)).toEqual(golden.outputShape);
    const { graph } = new Model(new Sequential([layer]), { inputShape: golden.inputShape, batchSize: 1 });
    const model = new Model(JSON.parse(JSON.stringify(graph)) as Graph, { batchSize: 1 });
    expect([...model.layers.values()].map((made) => made.describe())).toEqual([golden.description]);
    const shapes = [...model.stateDict()].map(([name, { shape }]) => [name.replace('0.', ''), shape]);
    expect(Object.fromEntries(shapes)).toEqual(golden.shapes);
  });

  // A direct sum of onnxruntime's has the same bound.
  it('onnxruntime-web gives our output, within twice the bound', async () => {
    const { inputShape, samples, seed, sizes } = golden;
    const model = modelOf(golden, {}).eval();
    const x = formulaValues(seed, STREAMS.x, samples * sizeOf(inputShape));
    const y = forward(model, x);
    const found = await runOnnx(exportOnnx(model), x, [samples, ...inputShape]);
    const largest = Math.max(...found.map((value, i) => Math.abs(value - y[i])));
    expect([found.length, largest]).toEqual([y.length, expect.any(Number)]);
    expect(largest).toBeLessThanOrEqual(2 * (sizes.y as number) * 2 ** -24);
  });

  it.each([
    ['simd', 'auto'],
    ['simd', 'im2col'],
  ] as const)(
    'output and gradients within (terms + 2)·2⁻²⁴·Σ|terms| of PyTorch’s in float64, with the bits of reference: %s, %s',
    (kernels, convolution) => {
      const found = pass(golden, { kernels, convolution });
      for (const [name, size] of Object.entries(golden.sizes)) {
        const expected = golden[name as Result] as readonly number[];
        const largest = Math.max(...expected.map((value, i) => Math.abs(found[name][i] - value)));
        expect([name, found[name].length, largest <= size * 2 ** -24, largest]).toEqual([
          name,
          expected.length,
          true,
          largest,
        ]);
      }
      expect(unequal(found.evaluated, found.y)).toEqual([]);
      const reference = pass(golden, { kernels: 'reference', convolution });
      for (const [name, numbers] of Object.entries(reference))
        expect([name, unequal(found[name], numbers)]).toEqual([name, []]);
    },
  );
});
