import { describe, expect, it } from '@jest/globals';
import {
  BatchNorm1d,
  BatchNorm2d,
  exportOnnx,
  GroupNorm,
  gradcheck,
  type Layer,
  LayerNorm,
  Model,
  rowMajor,
  Sequential,
  sizeOf,
} from '../../src/index.js';
import { formulaValues } from '../support/formula.js';
import { readJson, relativeError } from '../support/golden.js';
import { runOnnx } from '../support/onnx.js';
import { backward, forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';

interface Case {
  readonly layer: string;
  readonly shape: readonly number[];
  readonly sizes: readonly number[];
  readonly y: readonly number[];
  readonly dx: readonly number[];
  readonly evaluated: readonly number[];
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly float32Error: number;
}

/** Of golden/norm_reference.py, in its order. */
const layers: readonly (() => Layer)[] = [
  () => new BatchNorm1d(6),
  () => new BatchNorm1d(6, { affine: false }),
  () => new BatchNorm1d(17, { eps: 0.5, momentum: 0.4 }),
  () => new BatchNorm1d(6, { momentum: null }),
  () => new BatchNorm1d(6, { trackRunningStats: false }),
  () => new BatchNorm2d(6, { affine: false }),
  () => new BatchNorm2d(6, { momentum: null }),
  () => new BatchNorm2d(6, { momentum: null }),
  () => new BatchNorm2d(6, { trackRunningStats: false }),
  () => new BatchNorm2d(6, { affine: false, trackRunningStats: false }),
  () => new BatchNorm2d(1, { affine: false, momentum: null }),
  () => new LayerNorm(6),
  () => new LayerNorm(17, { eps: 0.1, elementwiseAffine: false }),
  () => new LayerNorm([6, 3, 5]),
  () => new LayerNorm([3, 5]),
  () => new LayerNorm(5),
  () => new LayerNorm([6, 3, 5], { elementwiseAffine: false }),
  () => new LayerNorm([6, 1, 1]),
  () => new LayerNorm([3, 2]),
  () => new GroupNorm(3, 6),
  () => new GroupNorm(1, 6),
  () => new GroupNorm(6, 6),
  () => new GroupNorm(2, 6),
  () => new GroupNorm(2, 6, { eps: 1e-3, affine: false }),
  () => new GroupNorm(2, 6),
  () => new GroupNorm(17, 17),
  () => new GroupNorm(1, 1),
];

const cases = (readJson('norm.json') as Case[]).map((golden, i) => ({ ...golden, create: layers[i] }));

/** A model of the layer alone, with the weights of golden/norm_reference.py. */
function build({ create, shape, sizes }: (typeof cases)[number], kernels: 'simd' | 'reference', shards = 2): Model {
  const batchSize = Math.max(...sizes);
  const network = new Sequential({ layer: create() });
  const model = new Model(network, { inputShape: shape, batchSize, shards, kernels, inputGradient: true });
  const tensors = model.parameters.map(({ name, shape }, i) => {
    const numbers = formulaValues(1, 8000 + i, sizeOf(shape), 0.5);
    return [name, { shape, data: numbers.map((value) => value + Number(name.endsWith('weight'))) }] as const;
  });
  model.loadStateDict(new Map(tensors), { strict: false });
  return model;
}

const batch = (stream: number, samples: number, shape: readonly number[]) =>
  formulaValues(1, stream, samples * sizeOf(shape), Math.sqrt(3));

/** All results of the case's batches, by its names. */
function results(golden: (typeof cases)[number], model: Model): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [i, samples] of golden.sizes.entries()) {
    found.set('y', [...forward(model, batch(8100 + i, samples, golden.shape))]);
    found.set('dx', [...backward(model, batch(8200 + i, samples, golden.shape))]);
  }
  const add = (prefix: string, tensors: ReturnType<Model['stateDict']>) => {
    for (const [name, tensor] of tensors)
      found.set(name.replace('layer', prefix), Array.from(rowMajor(tensor), Number));
  };
  add('gradients', model.gradients());
  add('state', model.stateDict());
  found.set('evaluated', [...forward(model.eval(), batch(8100, golden.sizes[0], golden.shape))]);
  return found;
}

function expected({ y, dx, evaluated, state, gradients }: Case): Map<string, readonly number[]> {
  const named = (prefix: string, tensors: Case['state']) =>
    Object.entries(tensors).map(([name, numbers]) => [`${prefix}.${name}`, numbers] as const);
  const lists = [...named('gradients', gradients), ...named('state', state)];
  return new Map([['y', y], ['dx', dx], ['evaluated', evaluated], ...lists]);
}

/** Running statistics as one list, since a mean may be near 0. */
function joined(lists: ReadonlyMap<string, readonly number[]>): Map<string, number[]> {
  const results = new Map<string, number[]>();
  for (const [name, numbers] of [...lists].toSorted()) {
    const owner = name.replace(/running_.*/, 'running');
    results.set(owner, [...(results.get(owner) ?? []), ...numbers]);
  }
  return results;
}

describe.each(cases)('$layer, $shape', (golden) => {
  it('prints as in PyTorch, and its arguments make it again', () => {
    const layer = golden.create();
    expect(layer.describe()).toBe(golden.layer);
    const Class = layer.constructor as new (...args: readonly unknown[]) => Layer;
    expect(new Class(...layer.arguments())).toEqual(layer);
  });

  it.each(['reference', 'simd'] as const)(
    '%s kernels: outputs, gradients and state of batches of several sizes are within twice PyTorch’s own error in float32 of its float64',
    (kernels) => {
      const found = joined(results(golden, build(golden, kernels)));
      expect([...found.keys()]).toEqual([...joined(expected(golden)).keys()]);
      for (const [name, numbers] of joined(expected(golden))) {
        const share = relativeError(found.get(name) ?? [], numbers) / golden.float32Error;
        expect([name, share <= 2, share]).toEqual([name, true, share]);
      }
    },
  );

  it('has gradients that agree with central differences, within 1e-3 and rounding', () => {
    expect(gradcheck(golden.create(), golden.shape, { batchSize: 4, shards: 2, seed: 1 })).toBe(true);
  });

  it('gives the same in onnxruntime-web, within 4 times PyTorch’s own error; BatchNorm without running statistics has no form there', async () => {
    const model = build(golden, 'simd');
    results(golden, model);
    const layer = golden.create();
    if ('trackRunningStats' in layer && !layer.trackRunningStats) {
      expect(thrown(() => exportOnnx(model))).toContain('expected a layer with a form in ONNX');
      return;
    }
    const bytes = exportOnnx(model);
    for (const samples of [1, golden.sizes[0]]) {
      const input = batch(8100, samples, golden.shape);
      const found = await runOnnx(bytes, input, [samples, ...golden.shape]);
      const error = relativeError(found, forward(model, input)) / golden.float32Error;
      expect([samples, error <= 4, error]).toEqual([samples, true, error]);
    }
  });
});

describe.each<[string, (channels: number) => Layer, number]>([
  ['LayerNorm of all', (c) => new LayerNorm([c, 6, 7]), 1],
  ['LayerNorm of pixels', () => new LayerNorm([6, 7]), 8],
  ['GroupNorm', (c) => new GroupNorm(4, c), 4],
])('%s', (_, create, groups) => {
  const [shape, samples] = [[8, 6, 7], 3];
  const length = sizeOf(shape) / groups;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

  /** Output and input gradient of a group in float64, by the formulas alone. */
  function exact(x: readonly number[], dy: readonly number[]) {
    const shift = sum(x.map((value) => value - x[0])) / length;
    const differences = x.map((value) => value - x[0] - shift);
    const deviation = Math.sqrt(sum(differences.map((value) => value * value)) / length + 1e-5);
    const y = differences.map((value) => value / deviation);
    const [mean, covariance] = [sum(dy) / length, sum(dy.map((value, i) => value * y[i])) / length];
    return { y, dx: dy.map((value, i) => (value - mean - y[i] * covariance) / deviation) };
  }

  // Each number is rounded once, by half a unit; what the float64 sums of so few numbers are off is far less.
  it.each([
    [0, 1],
    [1e4, 1],
    [1e6, 1],
    [-200, 0.1],
    [1e20, 1e15],
    [3e38, 1e36],
    [0, 1e-38],
  ])(
    'a mean of %d and a deviation of %d: outputs and input gradients within 2⁻²⁴·(1 + 2⁻¹⁰) of float64 in relation to the largest of their group',
    (mean, deviation) => {
      const values = (stream: number) => formulaValues(3, stream, samples * sizeOf(shape));
      const [x, dy] = [values(1).map((value) => mean + deviation * value), values(2)];
      const options = { inputShape: shape, batchSize: samples, shards: 2, inputGradient: true };
      const model = new Model(new Sequential([create(8)]), options);
      const [y, dx] = [forward(model, x), backward(model, dy)];
      for (let first = 0; first < x.length; first += length) {
        const group = (array: Float32Array) => Array.from(array.subarray(first, first + length));
        const expected = exact(group(x), group(dy));
        expect(relativeError(group(y), expected.y)).toBeLessThanOrEqual(2 ** -24 * (1 + 2 ** -10));
        expect(relativeError(group(dx), expected.dx)).toBeLessThanOrEqual(2 ** -24 * (1 + 2 ** -10));
      }
    },
  );
});

describe('what is refused', () => {
  const of = (layer: () => Layer, inputShape: readonly number[]) =>
    thrown(() =>
      forward(new Model(new Sequential([layer()]), { inputShape, batchSize: 2 }), new Float32Array(sizeOf(inputShape))),
    );

  it.each<[string, () => Layer, readonly number[], string]>([
    ['an image for BatchNorm1d', () => new BatchNorm1d(3), [3, 2, 2], 'SHAPE: layer 0, BatchNorm1d(3, '],
    ['other features for BatchNorm1d', () => new BatchNorm1d(3), [4], 'got an input of shape [4], wants [3]'],
    [
      'one sample for BatchNorm1d',
      () => new BatchNorm1d(3),
      [3],
      'in training; this batch has a single sample; dropLast leaves out the last batch of an epoch, if it is smaller than the others',
    ],
    ['another width for LayerNorm', () => new LayerNorm(5), [3, 5, 4], 'wants one whose last lengths are [5]'],
    ['more axes for LayerNorm', () => new LayerNorm([3, 5]), [5], 'wants one whose last lengths are [3, 5]'],
    ['other channels for GroupNorm', () => new GroupNorm(2, 4), [6, 1, 1], 'wants [4, height, width] or [4]'],
    [
      'one sample of a value a group for GroupNorm',
      () => new GroupNorm(4, 4),
      [4],
      'SHAPE: GroupNorm needs more than one value per group',
    ],
    [
      'groups that do not divide',
      () => new GroupNorm(3, 4),
      [4],
      'ARGUMENT: GroupNorm numChannels must be a multiple of numGroups, 3, not 4',
    ],
    [
      'no shape for LayerNorm',
      () => new LayerNorm([]),
      [4],
      'ARGUMENT: LayerNorm normalizedShape must be a whole number, or a list',
    ],
    [
      'a broken shape for LayerNorm',
      () => new LayerNorm([2, 1.5]),
      [4],
      'must be a whole number of 1 or more, not 1.5',
    ],
    [
      'a text for momentum',
      () => new BatchNorm2d(3, { momentum: '1' as never }),
      [3, 1, 1],
      "BatchNorm2d momentum must be from 0 to 1, not '1'",
    ],
  ])('%s', (_, layer, inputShape, message) => {
    expect(of(layer, inputShape)).toContain(message);
  });
});
