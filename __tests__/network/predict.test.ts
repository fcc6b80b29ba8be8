import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Dropout } from '../../src/layers/dropout.js';
import { Flatten } from '../../src/layers/flatten.js';
import { type Activation, Layer, type LayerPlan } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { BCEWithLogitsLoss } from '../../src/losses/bceWithLogitsLoss.js';
import { CrossEntropyLoss } from '../../src/losses/crossEntropyLoss.js';
import { L1Loss } from '../../src/losses/l1Loss.js';
import { MSELoss } from '../../src/losses/mseLoss.js';
import { SmoothL1Loss } from '../../src/losses/smoothL1Loss.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import type { StateDict } from '../../src/network/stateDict.js';
import { SGD } from '../../src/optimizers/sgd.js';
import { perPart } from '../../src/program/phase.js';
import type { Shape } from '../../src/tensor/shape.js';
import { values } from '../support/kernelRoom.js';
import { forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';

const network = () =>
  new Sequential([new Conv2d(1, 8, 3), new BatchNorm2d(8), new Dropout(), new Flatten(), new Linear(8, 4)]);
const build = (seed = 0) => new Model(network(), { inputShape: [1, 3, 3], batchSize: 4, seed });
const other = build(1);
const batch = values(36);
/** The views of a model's memory from before it predicted anything. */
const held = new WeakMap<Model, StateDict>();

/** Into weights that are prepared: the convolution's. */
const write = (state: StateDict | undefined) => state?.get('0.weight')?.set(2, 0, 1, 1, 3);

function trainStep(model: Model): void {
  const { gradient } = new CrossEntropyLoss().forward(model.train().forward(batch), [0, 1, 2, 3]);
  model.backward(gradient);
  new SGD({ learningRate: 0.1 }).step(model);
}

/** A layer that hands on its input, and counts how often it prepares. */
class Counting extends Layer {
  readonly type = 'Counting';
  prepared = 0;
  arguments = () => [];
  describe = () => 'Counting()';
  override outputShape = (input: Shape) => input;
  plan = (output: Activation): LayerPlan => ({
    output,
    prepare: perPart(1, () => {
      this.prepared++;
    }),
    forward: [],
    backward: [],
  });
}

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

  it('has the weights prepared once for many calls, of forward in evaluation mode too', () => {
    const counting = new Counting();
    const model = new Model(new Sequential([new Linear(2, 3), counting]), { inputShape: [2], batchSize: 4 });
    for (let call = 0; call < 3; call++) model.predict(values(2 * 9));
    expect(counting.prepared).toBe(1);
    model.eval().forward(values(2));
    for (let call = 0; call < 3; call++) model.predict(values(2));
    expect(counting.prepared).toBe(2);
  });

  it.each<[string, (model: Model) => void]>([
    ['loadStateDict', (model) => model.loadStateDict(other.stateDict())],
    ['an optimizer’s step', (model) => trainStep(model)],
    ['a forward pass in training mode, which moves BatchNorm’s statistics', (model) => model.train().forward(batch)],
    ['a hand that writes into views it just got', (model) => write(model.stateDict())],
    [
      'a hand that writes into views it had before, and eval',
      (model) => {
        write(held.get(model));
        model.eval();
      },
    ],
  ])('sees what %s did between two calls', (_, change) => {
    const model = build();
    held.set(model, model.stateDict());
    const before = model.predict(batch).probabilities.data;
    change(model);
    const after = model.predict(batch).probabilities.data;
    expect(after).not.toEqual(before);
    const fresh = build();
    fresh.loadStateDict(model.stateDict());
    expect(after).toEqual(fresh.predict(batch).probabilities.data);
  });

  it('leaves training as it would be without it, and takes backward from no pass of its own: STATE', () => {
    const [used, plain] = [build(), build()];
    for (let step = 0; step < 3; step++) {
      used.predict(batch);
      for (const model of [used, plain]) trainStep(model);
    }
    for (const [name, { data }] of plain.stateDict())
      expect([name, used.stateDict().get(name)?.data]).toEqual([name, data]);
    used.train().forward(batch);
    const { probabilities } = used.predict(batch);
    expect(thrown(() => used.backward(probabilities))).toMatch(/^STATE/);
  });
});

describe('predict of a network with images as outputs', () => {
  const images = () => new Model(new Sequential([new Conv2d(1, 3, 2)]), { inputShape: [1, 3, 4], batchSize: 2 });
  const input = values(5 * 12, 3);
  /** [5, 3, 2, 3] in PyTorch's order, a sample at a time. */
  const logits = Array.from({ length: 5 }, (_, n) => [
    ...forward(images().eval(), input.subarray(12 * n, 12 * n + 12)),
  ]).flat();
  /** The three numbers of each pixel. */
  const pixels = Array.from({ length: 5 * 6 }, (_, i) =>
    [0, 1, 2].map((c) => logits[(3 * Math.floor(i / 6) + c) * 6 + (i % 6)]),
  );

  it('gives the class of each pixel and the softmax over its channels, within 4·2⁻²⁴', () => {
    const { classes, probabilities } = images().predict(input);
    expect([...classes]).toEqual(pixels.map((row) => row.indexOf(Math.max(...row))));
    expect(probabilities.shape).toEqual([5, 3, 2, 3]);
    for (const [i, row] of pixels.entries()) {
      const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
      for (const [c, logit] of row.entries()) {
        const found = probabilities.get(Math.floor(i / 6), c, Math.floor((i % 6) / 3), i % 3);
        expect(Math.abs(found - Math.exp(logit) / sum)).toBeLessThan(4 * 2 ** -24);
      }
    }
  });

  it('gives what a loss means: with BCEWithLogitsLoss sigmoids, within 2·2⁻²⁴, and which are above ½', () => {
    const { labels, probabilities } = images().predict(input, { loss: new BCEWithLogitsLoss() });
    expect([labels.shape, probabilities.shape]).toEqual([
      [5, 3, 2, 3],
      [5, 3, 2, 3],
    ]);
    expect([...labels.data]).toEqual(logits.map((logit) => Number(logit > 0)));
    for (const [i, logit] of logits.entries())
      expect(Math.abs(probabilities.data[i] - 1 / (1 + Math.exp(-logit)))).toBeLessThan(2 * 2 ** -24);
  });

  it.each([new MSELoss(), new L1Loss(), new SmoothL1Loss()])('gives with %j the outputs, [5, 3, 2, 3]', (loss) => {
    const outputs = images().predict(input, { loss });
    expect([outputs.shape, [...outputs.data]]).toEqual([[5, 3, 2, 3], logits]);
  });

  it.each([
    [
      { loss: 'MSELoss' },
      "ARGUMENT: predict: loss must be a Loss with a predictionOf, such as new MSELoss(), not 'MSELoss'",
    ],
    [{ losses: new MSELoss() }, "ARGUMENT: predict has no option 'losses'; did you mean loss?"],
  ])('refuses %j', (options, message) => {
    expect(thrown(() => images().predict(input, options as never))).toContain(message);
  });
});
