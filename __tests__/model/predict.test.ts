import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Dropout } from '../../src/layers/dropout.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Linear } from '../../src/layers/linear.js';
import { Model } from '../../src/model/model.js';
import { Sequential } from '../../src/model/sequential.js';
import { values } from '../support/kernelRoom.js';
import { forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';

const network = () =>
  new Sequential([new Conv2d(1, 8, 3), new BatchNorm2d(8), new Dropout(), new Flatten(), new Linear(8, 4)]);
const build = () => new Model(network(), { inputShape: [1, 3, 3], batchSize: 4 });

describe('predict', () => {
  it('gives 11 samples in batches of 4 what each gets alone: softmax of the logits within 4·2⁻²⁴, in evaluation mode', () => {
    const model = build();
    const input = values(99);
    const { classes, probabilities } = model.predict(input);
    expect(probabilities.shape).toEqual([11, 4]);
    const alone = build().eval();
    for (let n = 0; n < 11; n++) {
      const logits = [...forward(alone, input.subarray(9 * n, 9 * n + 9))];
      const powers = logits.map((logit) => Math.exp(logit));
      const sum = powers.reduce((total, power) => total + power, 0);
      for (const [c, power] of powers.entries())
        expect(Math.abs(probabilities.get(n, c) - power / sum)).toBeLessThan(4 * 2 ** -24);
      expect(classes[n]).toBe(logits.indexOf(Math.max(...logits)));
    }
  });

  it('takes one image as nested lists', () => {
    const image = [
      [
        [
          [0, 1, 0],
          [1, 1, 1],
          [0, 1, 0],
        ],
      ],
    ];
    expect(build().predict(image).classes).toHaveLength(1);
  });

  it.each(['train', 'eval'] as const)('leaves a model in its mode, %s, and its numbers as they were', (mode) => {
    const [used, plain] = [build()[mode](), build()[mode]()];
    used.predict(values(45));
    expect(used.training).toBe(mode === 'train');
    expect(forward(used, values(36))).toEqual(forward(plain, values(36)));
  });

  it.each(['train', 'eval'] as const)('sees weights that changed between two calls, in %s', (mode) => {
    const model = build()[mode]();
    const before = model.predict(values(9)).probabilities.data;
    model.stateDict().get('4.bias')?.set(2, 100);
    expect(model.predict(values(9)).classes[0]).toBe(2);
    expect(model.predict(values(9)).probabilities.data).not.toEqual(before);
  });

  it('wants a classifier: SHAPE for a model that puts out images', () => {
    const model = new Model(new Sequential([new Conv2d(1, 2, 3)]), { inputShape: [1, 3, 3], batchSize: 1 });
    expect(thrown(() => model.predict(values(9)))).toMatch(/^SHAPE: .*\[classes\].*\[2, 1, 1\]/);
  });
});
