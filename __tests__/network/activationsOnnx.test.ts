import { describe, expect, it } from '@jest/globals';
import { exportOnnx, Model, Sequential } from '../../src/index.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { activationNames, activations } from '../support/activations.js';
import { formulaValues } from '../support/formula.js';
import { relativeError } from '../support/golden.js';
import { readOnnx, runOnnx } from '../support/onnx.js';
import { forward } from '../support/passes.js';

const layers = activations();

describe.each(activationNames)('%s as ONNX', (name) => {
  const [layer] = layers[name];

  // Both compute in float32, a handful of operations for each number, by polynomials of their own: a few units of 2⁻²⁴.
  it.each([[[7]], [[5, 3, 4]]])(
    'onnxruntime-web gives our outputs for inputs of shape %j and batches of 1 and 3: within 5e-7 of the largest',
    async (inputShape) => {
      const model = new Model(new Sequential({ layer }), { inputShape, batchSize: 3 }).eval();
      const bytes = exportOnnx(model);
      for (const samples of [1, 3]) {
        const input = formulaValues(5, samples, samples * sizeOf(inputShape), 8);
        const found = await runOnnx(bytes, input, [samples, ...inputShape]);
        expect(relativeError(found, forward(model, input))).toBeLessThanOrEqual(5e-7);
      }
    },
  );

  it('ends in a node of the layer’s name, and takes no tensor of the state dict', () => {
    const model = new Model(new Sequential({ layer }), { inputShape: [3], batchSize: 1 });
    const { nodes, initializers } = readOnnx(exportOnnx(model));
    expect(nodes.at(-1)?.name).toBe('layer');
    expect(new Set(nodes.map((node) => node.name)).size).toBe(nodes.length);
    expect(initializers.every((initializer) => /\.constant0$|\.constant1$/.test(initializer.name))).toBe(true);
  });
});
