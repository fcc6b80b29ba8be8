import { describe, expect, it } from '@jest/globals';
import {
  AdaptiveAvgPool2d,
  AvgPool2d,
  ConvTranspose2d,
  exportOnnx,
  type Layer,
  MaxPool2d,
  Model,
  Sequential,
  Upsample,
} from '../../src/index.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { formulaValues } from '../support/formula.js';
import { readOnnx, runOnnx } from '../support/onnx.js';
import { forward } from '../support/passes.js';
import { poolingCases, poolingInput } from '../support/pooling.js';

// Inputs are in ±1. A mean is of 42 products at most, each of two weights, whose roundings and those of its sums are 2⁻²⁴ of at most
// 10/3, the most that weights add up to: less than 200 · 2⁻²⁴. Positions are off by three roundings of numbers up to 12, and a step
// of 1 in either direction changes a mean by 2 at most: 144 · 2⁻²⁴.
const MOST = 200 * 2 ** -24;

describe.each(poolingCases.map((each) => [each.printed, each.shape.join('×'), each] as const))(
  '%s of %s',
  (_, __, of) => {
    const [batchSize, ...inputShape] = of.shape;
    const model = new Model(new Sequential([of.layer]), { inputShape, batchSize }).eval();
    const x = poolingInput(of);

    // The largest of a window and the nearest pixel are numbers of the input.
    const isMean = !(of.layer instanceof MaxPool2d || (of.layer instanceof Upsample && of.layer.mode === 'nearest'));

    it(`as ONNX: onnxruntime-web gives our outputs, ${isMean ? 'within 200 · 2⁻²⁴' : 'to the bit'}`, async () => {
      const found = await runOnnx(exportOnnx(model), x, of.shape);
      const expected = forward(model, x);
      expect(found.length).toBe(expected.length);
      const most = Math.max(...expected.map((value, i) => Math.abs(found[i] - value)));
      expect(most).toBeLessThanOrEqual(isMean ? MOST : 0);
    });
  },
);

const padded: [Layer, number[]][] = [
  [new MaxPool2d([1, 2], { stride: [4, 3], dilation: 3, ceilMode: true }), [2, 4, 5]],
  [new MaxPool2d(2, { stride: 3, padding: 1, dilation: [1, 3], ceilMode: true }), [2, 7, 6]],
  [new ConvTranspose2d(2, 3, [4, 2], { padding: [2, 1], outputPadding: 1, dilation: 2 }), [2, 4, 3]],
  [new ConvTranspose2d(2, 4, [4, 2], { stride: [1, 2], outputPadding: [2, 1], dilation: 3, groups: 2 }), [2, 4, 3]],
];

describe('more padding than an operator of ONNX takes', () => {
  // An output of the transposed convolutions is a sum of 16 products and a bias at most, of weights and a bias below 1/4 and inputs of
  // ±1. Each product and each partial sum, of at most 1/4, 2/4, … 17/4, is rounded once: less than 50 · 2⁻²⁴ in either program.
  it.each(padded.map(([layer, inputShape]) => [layer.describe(), inputShape, layer] as const))(
    '%s of %p: onnxruntime-web gives our outputs, within 100 · 2⁻²⁴',
    async (_, inputShape, layer) => {
      const model = new Model(new Sequential([layer]), { inputShape, batchSize: 2, seed: 3 }).eval();
      const shape = [2, ...inputShape];
      const x = formulaValues(1, 99, sizeOf(shape));
      const onnx = exportOnnx(model);
      expect(readOnnx(onnx).nodes[0].opType).toBe('Pad');
      const [found, expected] = [await runOnnx(onnx, x, shape), forward(model, { shape, data: x })];
      expect(found.length).toBe(expected.length);
      expect(Math.max(...expected.map((value, i) => Math.abs(found[i] - value)))).toBeLessThanOrEqual(100 * 2 ** -24);
    },
  );
});

describe('which operator of ONNX it is', () => {
  const operators = (layer: Layer, inputShape: number[]) =>
    readOnnx(exportOnnx(new Model(new Sequential([layer]), { inputShape, batchSize: 1 }))).nodes.map(
      ({ opType }) => opType,
    );

  it.each<[string, Layer, number[]]>([
    ['MaxPool', new MaxPool2d(3, { ceilMode: true }), [2, 5, 5]],
    ['AveragePool', new AvgPool2d(3, { padding: 1 }), [2, 5, 5]],
    ['AveragePool', new AdaptiveAvgPool2d([null, 2]), [2, 5, 4]],
    ['GlobalAveragePool', new AdaptiveAvgPool2d(1), [2, 5, 4]],
    ['Resize', new Upsample({ scaleFactor: 3 }), [2, 5, 4]],
    ['Resize', new Upsample({ size: [10, 6], mode: 'bilinear' }), [2, 5, 4]],
  ])('%s of %p on %p', (operator, layer, inputShape) => expect(operators(layer, inputShape)).toEqual([operator]));

  it('Einsum where ONNX has none of its own that means the same', () => {
    const layers = [
      new AvgPool2d(2, { ceilMode: true }),
      new AvgPool2d(2, { divisorOverride: 3 }),
      new AdaptiveAvgPool2d([3, 2]),
      new Upsample({ scaleFactor: 1.7 }),
      // 41 · 1/41 is less than 1 in float32, where PyTorch goes by it.
      new Upsample({ scaleFactor: 41 }),
      // 5 · 7/5 is less than 7 in float32.
      new Upsample({ size: 7, mode: 'bilinear' }),
    ];
    for (const layer of layers) expect(operators(layer, [2, 5, 5])).toEqual(['Einsum']);
  });
});
