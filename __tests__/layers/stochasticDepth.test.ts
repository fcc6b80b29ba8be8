import { describe, expect, it } from '@jest/globals';
import {
  BatchNorm2d,
  Conv2d,
  exportOnnx,
  Model,
  type ModelOptions,
  Module,
  Sequential,
  type Value,
} from '../../src/index.js';
import { add, relu } from '../../src/layers/functions.js';
import { StochasticDepth } from '../../src/layers/stochasticDepth.js';
import { formulaValues } from '../support/formula.js';
import { readOnnx } from '../support/onnx.js';
import { backward, forward } from '../support/passes.js';

const SIZE = 7;

const modelOf = (layer: StochasticDepth, options: Partial<ModelOptions> = {}) =>
  new Model(layer, { inputShape: [SIZE], batchSize: 1000, inputGradient: true, ...options });

/** Of each sample, the one number that all of its elements have. */
function rowsOf(values: Float32Array): number[] {
  const rows = Array.from({ length: values.length / SIZE }, (_, n) => values.subarray(SIZE * n, SIZE * (n + 1)));
  for (const row of rows) expect(new Set(row).size).toBe(1);
  return rows.map(([first]) => first);
}

const ones = new Float32Array(SIZE * 1000).fill(1);

describe('StochasticDepth', () => {
  it.each([0.1, 0.5, 0.8])(
    'by row, p = %d: whole samples are 0, the others times 1/(1 − p), and a share of p ± 5 deviations is dropped',
    (p) => {
      const rows = rowsOf(forward(modelOf(new StochasticDepth(p, 'row')), ones));
      expect(new Set(rows)).toEqual(new Set([0, Math.fround(1 / (1 - p))]));
      const dropped = rows.filter((value) => value === 0).length;
      expect(Math.abs(dropped - 1000 * p)).toBeLessThan(5 * Math.sqrt(1000 * p * (1 - p)));
    },
  );

  it('by batch: all samples of a step share their fate, which steps draw anew', () => {
    const model = modelOf(new StochasticDepth(0.5, 'batch'), { batchSize: 3 });
    const fates = Array.from({ length: 40 }, () => new Set(forward(model, ones.subarray(0, 3 * SIZE))));
    expect(fates.map(({ size }) => size)).toEqual(fates.map(() => 1));
    expect(new Set(fates.map(([value]) => value))).toEqual(new Set([0, 2]));
  });

  it('passes the gradient where it passed the value, and draws other samples each step', () => {
    const model = modelOf(new StochasticDepth(0.5, 'row'));
    const first = forward(model, ones);
    expect(backward(model, ones)).toEqual(first);
    expect(forward(model, ones)).not.toEqual(first);
  });

  it('is the identity in evaluation, and with p = 0; with p = 1 all is 0', () => {
    expect(forward(modelOf(new StochasticDepth(0.5, 'row')).eval(), ones)).toEqual(ones);
    expect(forward(modelOf(new StochasticDepth(0, 'row')), ones)).toEqual(ones);
    expect(new Set(forward(modelOf(new StochasticDepth(1, 'row')), ones))).toEqual(new Set([0]));
  });

  it('drops the same samples whatever the shards and kernels, and others for another seed', () => {
    const found = (options: Partial<ModelOptions>) =>
      rowsOf(forward(modelOf(new StochasticDepth(0.5, 'row'), options), ones));
    const expected = found({});
    expect(found({ shards: 1 })).toEqual(expected);
    expect(found({ shards: 7, kernels: 'reference' })).toEqual(expected);
    expect(found({ seed: 1 })).not.toEqual(expected);
  });

  it('is printed as torchvision prints it, and has no node in ONNX', () => {
    const layer = new StochasticDepth(0.025, 'row');
    expect(layer.describe()).toBe('StochasticDepth(p=0.025, mode=row)');
    const model = new Model(new Sequential([new Conv2d(1, 2, 1), layer]), { inputShape: [1, 2, 2], batchSize: 1 });
    expect(readOnnx(exportOnnx(model)).nodes.map(({ opType }) => opType)).toEqual(['Conv']);
  });
});

/** A block whose branch is dropped, between layers that are computed as one where they stand together. */
class Block extends Module {
  readonly conv = new Conv2d(3, 3, 3, { padding: 1 });
  readonly norm = new BatchNorm2d(3);
  readonly depth = new StochasticDepth(0.5, 'row');

  forward(x: Value): Value {
    return relu(add(this.depth.forward(relu(this.norm.forward(this.conv.forward(x)))), x));
  }
}

it.each(['train', 'eval'] as const)('in a residual block the bits are those without fusion, %s', (mode) => {
  const [found, expected] = [true, false].map((fusion) => {
    const model = new Model(new Block(), { inputShape: [3, 5, 4], batchSize: 6, inputGradient: true, fusion })[mode]();
    const y = forward(model, formulaValues(1, 1, 360)).slice();
    return mode === 'eval' ? [y] : [y, backward(model, formulaValues(1, 2, 360)).slice()];
  });
  expect(found).toEqual(expected);
});
