import { describe, expect, it } from '@jest/globals';
import { exportOnnx, Model } from '../../dist/index.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { type BlockNetwork, blockInput, blockNames, blockNetworks } from '../support/blocks.js';
import { goldenNetwork, relativeError } from '../support/golden.js';
import { readOnnx, runOnnx } from '../support/onnx.js';
import { forward } from '../support/passes.js';

/** A model of PyTorch's weights behind one training pass, so that no running statistic is one that it starts with. */
function trained(name: BlockNetwork): Model {
  const { before, x } = goldenNetwork(name);
  const model = new Model(blockNetworks[name](), { inputShape: blockInput, batchSize: 3, convolution: 'im2col' });
  model.loadStateDict(before);
  forward(model, x);
  return model.eval();
}

// As in blocks.test.ts: each of the two may be off by twice float32Error.
const FACTOR = 4;

describe.each(blockNames)('%s as ONNX', (name) => {
  const model = trained(name);
  const bytes = exportOnnx(model);
  const { x, float32Error } = goldenNetwork(name);

  it.each([1, 3])(
    `onnxruntime-web gives our outputs for a batch of %d, within ${FACTOR} times PyTorch’s own error in float32`,
    async (samples) => {
      const input = Float32Array.from(x.data as Float32Array).subarray(0, samples * sizeOf(blockInput));
      const found = await runOnnx(bytes, input, [samples, ...blockInput]);
      expect(relativeError(found, forward(model, input))).toBeLessThan(FACTOR * float32Error);
    },
  );

  it('has each weight once, under its first name in the state dict', () => {
    const names = readOnnx(bytes).initializers.map((initializer) => initializer.name);
    expect(new Set(names).size).toBe(names.length);
    expect([...model.stateDict().keys()]).toEqual(expect.arrayContaining(names.filter((each) => /weight$/.test(each))));
  });
});
