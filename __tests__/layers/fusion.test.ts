import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Dropout } from '../../src/layers/dropout.js';
import type { Activation, Layer } from '../../src/layers/layer.js';
import { ReLU } from '../../src/layers/relu.js';
import { Model } from '../../src/model/model.js';
import { Sequential } from '../../src/model/sequential.js';
import { rowMajor } from '../../src/tensor/view.js';
import { values } from '../support/kernelRoom.js';
import { backward, forward } from '../support/passes.js';
import { unequal } from '../support/unequal.js';

/** Does nothing; closed, it hides from the layer behind it that the one before it could do its work. */
const joint = (open: boolean): Layer => ({
  ...{ type: 'Joint', describe: () => 'Joint()', outputShape: (input) => input, arguments: () => [] },
  plan: (input: Activation) => {
    const { shape, data, gradient } = input;
    return { output: open ? input : { shape, data, gradient }, forward: [], backward: [] };
  },
});

const [SAMPLES, CHANNELS] = [5, 8];
const conv = () => new Conv2d(CHANNELS, CHANNELS, 3, { padding: 1 });
const norm = () => new BatchNorm2d(CHANNELS);

const networks: Record<string, () => Layer[]> = {
  'Conv2d, ReLU': () => [conv(), new ReLU()],
  'Conv2d, BatchNorm2d': () => [conv(), norm()],
  'Conv2d, ReLU, BatchNorm2d': () => [conv(), new ReLU(), norm()],
  'Conv2d, BatchNorm2d, ReLU, BatchNorm2d': () => [conv(), norm(), new ReLU(), norm()],
  'Conv2d, ReLU, ReLU, BatchNorm2d': () => [conv(), new ReLU(), new ReLU(), norm()],
  'Conv2d, Dropout, BatchNorm2d': () => [conv(), new Dropout(0.3), norm()],
  'Conv2d, ReLU, Dropout, BatchNorm2d': () => [conv(), new ReLU(), new Dropout(0.3), norm()],
  'Conv2d, ReLU, Dropout, Dropout, BatchNorm2d': () => [conv(), new ReLU(), new Dropout(0.3), new Dropout(0.5), norm()],
  'Conv2d, ReLU, Dropout of all, BatchNorm2d': () => [conv(), new ReLU(), new Dropout(1), norm()],
  'Conv2d, ReLU, Dropout of nothing, BatchNorm2d': () => [conv(), new ReLU(), new Dropout(0), norm()],
  'Conv2d, Dropout, ReLU, BatchNorm2d': () => [conv(), new Dropout(0.3), new ReLU(), norm()],
  'BatchNorm2d, ReLU, Conv2d, ReLU': () => [norm(), new ReLU(), conv(), new ReLU()],
};

/** A model of the network with a joint before each of its layers, all open or all closed, and a convolution in front. */
const build = (layers: Layer[], open: boolean, convolution: 'winograd' | 'im2col') =>
  new Model(new Sequential([conv(), ...layers.flatMap((layer) => [joint(open), layer])]), {
    ...{ inputShape: [CHANNELS, 6, 7], batchSize: SAMPLES, shards: 2, seed: 4, inputGradient: true, convolution },
  });

const input = (stream: number) => values(SAMPLES * CHANNELS * 6 * 7, stream);

/** Two training passes, then one in eval mode: outputs, gradients and state. */
function course(model: Model): Record<string, number[]> {
  const numbers: Record<string, number[]> = {};
  for (const step of [1, 2]) {
    numbers[`output ${step}`] = [...forward(model.train(), input(step))];
    numbers[`input gradient ${step}`] = [...backward(model, input(2 + step))];
    for (const [name, gradient] of model.gradients())
      numbers[`${name} ${step}`] = Array.from(rowMajor(gradient), Number);
  }
  for (const [name, tensor] of model.stateDict()) numbers[name] = Array.from(rowMajor(tensor), Number);
  numbers.evaluated = [...forward(model.eval(), input(5))];
  return numbers;
}

describe.each(['winograd', 'im2col'] as const)('layers that do their neighbours’ work, %s', (convolution) => {
  it.each(Object.keys(networks))('%s: the same bits as apart, training and not', (name) => {
    const [joined, apart] = [true, false].map((open) => course(build(networks[name](), open, convolution)));
    expect(Object.keys(joined)).toEqual(Object.keys(apart));
    for (const [what, numbers] of Object.entries(apart))
      expect([what, unequal(joined[what], numbers)]).toEqual([what, []]);
  });
});

describe('passes in turn', () => {
  it.each(['winograd', 'im2col'] as const)(
    'a pass in eval mode leaves the gradients of the next training pass, %s',
    (convolution) => {
      const [plain, used] = [1, 2].map(() => build([new ReLU(), conv()], true, convolution));
      forward(used.eval(), input(1));
      const found = course(used);
      for (const [what, numbers] of Object.entries(course(plain)))
        expect([what, unequal(found[what], numbers)]).toEqual([what, []]);
    },
  );
});
