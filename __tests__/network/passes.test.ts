import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Dropout } from '../../src/layers/dropout.js';
import { Flatten } from '../../src/layers/flatten.js';
import { Identity } from '../../src/layers/identity.js';
import type { Layer } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { MaxPool2d } from '../../src/layers/maxPool2d.js';
import { ReLU } from '../../src/layers/relu.js';
import { Model } from '../../src/network/model.js';
import type { ModelOptions } from '../../src/network/modelOptions.js';
import { readGraph } from '../../src/network/readGraph.js';
import { Sequential } from '../../src/network/sequential.js';
import { rowMajor } from '../../src/tensor/view.js';
import { values } from '../support/kernelRoom.js';
import { backward, forward } from '../support/passes.js';
import { thrown } from '../support/thrown.js';

const modelOf = (layers: (Layer | Sequential)[], options: ModelOptions) => new Model(new Sequential(layers), options);

describe('the order of numbers at the API', () => {
  it('is NCHW: a convolution of an asymmetric image equals the naive one within (K + 2)·2⁻²⁴·Σ|terms|', () => {
    const [N, C, H, W, O, kernelHeight, kernelWidth] = [2, 3, 5, 4, 2, 2, 3];
    const model = modelOf([new Conv2d(C, O, [2, 3], { stride: [1, 2], padding: [1, 0] })], {
      inputShape: [C, H, W],
      batchSize: N,
    });
    const x = values(N * C * H * W);
    const [weight, bias] = [...model.stateDict().values()].map((tensor) => rowMajor(tensor) as Float32Array);
    const y = forward(model, x);
    const [, outHeight, outWidth] = model.output.shape;
    expect([outHeight, outWidth, y.length]).toEqual([6, 1, N * O * 6]);
    let place = 0;
    for (let n = 0; n < N; n++)
      for (let o = 0; o < O; o++)
        for (let oy = 0; oy < outHeight; oy++)
          for (let ox = 0; ox < outWidth; ox++) {
            const terms = [bias[o]];
            for (let c = 0; c < C; c++)
              for (let ky = 0; ky < kernelHeight; ky++)
                for (let kx = 0; kx < kernelWidth; kx++) {
                  const [iy, ix] = [oy + ky - 1, 2 * ox + kx];
                  if (iy < 0 || iy >= H) continue;
                  terms.push(
                    x[((n * C + c) * H + iy) * W + ix] * weight[((o * C + c) * kernelHeight + ky) * kernelWidth + kx],
                  );
                }
            const exact = terms.reduce((sum, term) => sum + term, 0);
            const size = terms.reduce((sum, term) => sum + Math.abs(term), 0);
            // One rounding of each product and of each sum.
            const bound = (C * kernelHeight * kernelWidth + 2) * 2 ** -24 * size;
            expect(Math.abs(y[place++] - exact)).toBeLessThanOrEqual(bound);
          }
  });

  it.each([
    ['Flatten', () => new Flatten()],
    ['Identity', () => new Identity()],
  ])('is the same after %s, forward and backward, on images and on features', (_, layer) => {
    for (const inputShape of [[3, 2, 4], [24]]) {
      const model = modelOf([layer()], { inputShape, batchSize: 2, inputGradient: true });
      const x = values(48);
      expect(forward(model, x)).toEqual(x);
      expect(backward(model, x.toReversed())).toEqual(x.toReversed());
    }
  });
});

describe('train() and eval()', () => {
  const ones = new Float32Array(2000).fill(1);

  it('a model starts in training mode', () => {
    const model = modelOf([new Dropout()], { inputShape: [10], batchSize: 1 });
    expect([model.training, model.eval().training, model.train().training]).toEqual([true, false, true]);
  });

  it('Dropout is the identity in eval, and in train scales what it keeps by 1/(1 − p)', () => {
    const model = modelOf([new Dropout(0.2)], { inputShape: [1000], batchSize: 2 });
    expect(forward(model.eval(), ones)).toEqual(ones);
    expect(new Set(forward(model.train(), ones))).toEqual(new Set([0, 1.25]));
  });

  it('Dropout passes the gradient where it passed the value, and draws another mask each step and sample', () => {
    const model = modelOf([new Dropout(0.5)], { inputShape: [1000], batchSize: 2, inputGradient: true });
    const first = forward(model, ones);
    expect(backward(model, ones)).toEqual(first);
    const second = forward(model, ones);
    expect(second).not.toEqual(first);
    expect(first.subarray(0, 1000)).not.toEqual(first.subarray(1000));
  });

  it('Dropout at its limits keeps everything or nothing', () => {
    const all = modelOf([new Dropout(0)], { inputShape: [1000], batchSize: 2 });
    const none = modelOf([new Dropout(1)], { inputShape: [1000], batchSize: 2 });
    expect(forward(all, ones)).toEqual(ones);
    expect(new Set(forward(none, ones))).toEqual(new Set([0]));
  });
});

describe('counts of samples', () => {
  const model = modelOf([new Conv2d(2, 3, 2)], { inputShape: [2, 3, 4], batchSize: 3 });

  it.each([1, 23, 25])('forward refuses %d numbers: SHAPE says what it got and wants', (length) => {
    const message = thrown(() => forward(model, new Float32Array(length)));
    for (const part of ['SHAPE: ', `${length} numbers`, '[2, 3, 4]', '24']) expect(message).toContain(part);
  });

  it.each([0, 4])('forward refuses %d samples: SHAPE says what it got and wants', (samples) => {
    const message = thrown(() => forward(model, new Float32Array(24 * samples)));
    for (const part of ['SHAPE: ', `[${samples}, 2, 3, 4]`, '[1 to 3, 2, 3, 4]']) expect(message).toContain(part);
  });

  it('backward refuses a gradient of another count than the last output: SHAPE', () => {
    forward(model, values(48));
    expect(thrown(() => model.backward(values(36).subarray(1)))).toMatch(/^SHAPE: .*35 numbers/);
    expect(thrown(() => model.backward(values(54)))).toMatch(/^SHAPE: .*\[3, 3, 2, 3\]; expected \[2, 3, 2, 3\]/);
  });

  it('backward wants a forward pass in training mode just before: STATE', () => {
    const fresh = modelOf([new Linear(2, 2)], { inputShape: [2], batchSize: 1 });
    expect(thrown(() => fresh.backward([[1, 1]]))).toMatch(/^STATE: /);
    forward(fresh.eval(), [[1, 1]]);
    expect(thrown(() => fresh.backward([[1, 1]]))).toMatch(/^STATE: /);
    expect(thrown(() => fresh.train().backward([[1, 1]]))).toMatch(/^STATE: /);
    forward(fresh, [[1, 1]]);
    expect(thrown(() => fresh.backward([[1, 1]]))).toBe('nothing thrown');
  });

  it('backward returns the input’s gradient only where the model was built for it', () => {
    const without = modelOf([new Linear(2, 2)], { inputShape: [2], batchSize: 1 });
    const inputGradient = modelOf([new Linear(2, 2)], { inputShape: [2], batchSize: 1, inputGradient: true });
    for (const each of [without, inputGradient]) forward(each, [[1, 1]]);
    expect([without.backward([[1, 1]]), inputGradient.backward([[1, 1]])?.size]).toEqual([undefined, 2]);
  });
});

describe('a batch that is not full', () => {
  const layers = () => [
    new Conv2d(2, 5, 3, { padding: 1 }),
    new ReLU(),
    new BatchNorm2d(5),
    new MaxPool2d(2),
    new Dropout(0.3),
    new Flatten(),
    new Linear(20, 3),
  ];
  const pass = (model: Model, samples: number) => {
    const y = forward(model, values(samples * 32, samples));
    const dx = backward(model, values(samples * 3, 9));
    const gradients = [...model.gradients()].map(([name, gradient]) => [name, rowMajor(gradient)]);
    return { y, dx, gradients, state: [...model.stateDict()].map(([name, tensor]) => [name, rowMajor(tensor)]) };
  };
  const build = (batchSize: number, shards: number) =>
    modelOf(layers(), { inputShape: [2, 4, 4], batchSize, shards, inputGradient: true });

  it.each([
    [1, 4, 1],
    [4, 3, 3],
    [2, 5, 2],
    [6, 20, 6],
  ])('%d samples of 7 in %d shards give the same bits as alone in %d', (samples, shards, shardsAlone) => {
    expect(pass(build(7, shards), samples)).toEqual(pass(build(samples, shardsAlone), samples));
  });

  it('takes nothing from the larger batch, of more shards, before it', () => {
    const withoutMemory = (batchSize: number) =>
      modelOf([new Conv2d(2, 5, 3), new ReLU(), new Flatten(), new Linear(20, 3)], {
        inputShape: [2, 4, 4],
        batchSize,
        shards: 5,
        inputGradient: true,
      });
    const used = withoutMemory(7);
    pass(used, 7);
    expect(pass(used, 4)).toEqual(pass(withoutMemory(4), 4));
  });
});

describe('Sequential', () => {
  const layers = () => [new Conv2d(1, 4, 3), new ReLU(), new Flatten(), new Linear(16, 3)];
  const options = { inputShape: [1, 4, 4], batchSize: 2, seed: 5 };

  it('nested ten deep computes what the flat one does, under names joined by dots', () => {
    const [first, ...rest] = layers();
    let nested = new Sequential([first]);
    for (let depth = 0; depth < 9; depth++) nested = new Sequential({ inner: nested });
    const model = modelOf([nested, ...rest], options);
    const flat = modelOf(layers(), options);
    expect(forward(model, values(32))).toEqual(forward(flat, values(32)));
    expect([...model.stateDict().keys()].slice(0, 2)).toEqual([
      `0.${'inner.'.repeat(9)}0.weight`,
      `0.${'inner.'.repeat(9)}0.bias`,
    ]);
  });

  it('survives as its graph, sent as JSON: the same summary and the same output to the bit', () => {
    const network = new Sequential({
      b: new Sequential([new Conv2d(1, 4, [3, 2], { stride: [1, 2], padding: [0, 1], bias: false }), new ReLU()]),
      a: new Sequential([
        new BatchNorm2d(4, { eps: 1e-3, momentum: 0.2 }),
        new MaxPool2d([2, 1], { stride: 1 }),
        new Dropout(0.4),
      ]),
      c: new Sequential([new Flatten(), new Linear(12, 3, { bias: false })]),
    });
    const one = new Model(network, options);
    const other = new Model(readGraph(JSON.parse(JSON.stringify(one.graph))), options);
    expect(other.summary()).toBe(one.summary());
    expect(forward(other, values(32))).toEqual(forward(one, values(32)));
  });
});
