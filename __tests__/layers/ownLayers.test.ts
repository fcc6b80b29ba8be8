import { describe, expect, it } from '@jest/globals';
import { BatchNorm2d } from '../../src/layers/batchNorm2d.js';
import { Conv2d } from '../../src/layers/conv2d.js';
import { Dropout } from '../../src/layers/dropout.js';
import { type Activation, Layer, type LayerPlan, type Planner, samplesOf } from '../../src/layers/layer.js';
import { Linear } from '../../src/layers/linear.js';
import { MaxPool2d } from '../../src/layers/maxPool2d.js';
import { ReLU } from '../../src/layers/relu.js';
import { gradcheck } from '../../src/network/gradcheck.js';
import { Model } from '../../src/network/model.js';
import { Sequential } from '../../src/network/sequential.js';
import { perShard } from '../../src/program/phase.js';
import { type Shape, sizeOf } from '../../src/tensor/shape.js';
import { values } from '../support/kernelRoom.js';
import { backward, forward } from '../support/passes.js';
import { unequal } from '../support/unequal.js';

/** y = 1/(1 + e^−x), whose backward reads y. */
class Sigmoid extends Layer {
  readonly type = 'Sigmoid';
  arguments = () => [];
  describe = () => 'Sigmoid()';
  override outputShape = (input: Shape) => input;

  plan(input: Activation, { activation }: Planner): LayerPlan {
    const output = activation(input.shape);
    const size = sizeOf(input.shape);
    return {
      output,
      forward: [
        perShard(({ first, count }) => {
          const x = samplesOf(input.data, size, first, count);
          samplesOf(output.data, size, first, count).set(x.map((value) => 1 / (1 + Math.exp(-value))));
        }),
      ],
      backward: [
        perShard(({ first, count }) => {
          const y = samplesOf(output.data, size, first, count);
          const dy = samplesOf(output.gradient, size, first, count);
          samplesOf(input.gradient, size, first, count).set(y.map((value, i) => value * (1 - value) * dy[i]));
        }),
      ],
    };
  }
}

/** y = −x, written over x. */
class Negate extends Layer {
  readonly type = 'Negate';
  override readonly inPlace = true;
  arguments = () => [];
  describe = () => 'Negate()';
  override outputShape = (input: Shape) => input;

  plan(input: Activation): LayerPlan {
    const size = sizeOf(input.shape);
    const negate = (array: Float32Array) =>
      perShard(({ first, count }) => {
        const part = samplesOf(array, size, first, count);
        part.set(part.map((value) => -value));
      });
    return { output: input, forward: [negate(input.data)], backward: [negate(input.gradient)] };
  }
}

/** A pass in which one of the layers below negates. */
type Negated = 'evaluation' | 'backward';

/** Leaves its input as it is but for the pass that is named, which negates x or its gradient in place. */
class NegatesIn extends Layer {
  readonly type = 'NegatesIn';
  override readonly inPlace: boolean = true;

  constructor(protected readonly pass: Negated) {
    super();
  }

  arguments = () => [this.pass];
  describe = () => `NegatesIn(${this.pass})`;
  override outputShape = (input: Shape) => input;

  plan(input: Activation, { training }: Planner): LayerPlan {
    const { forward, backward } = new Negate().plan(input);
    return {
      output: input,
      forward: this.pass === 'evaluation' && !training ? forward : [],
      backward: this.pass === 'backward' ? backward : [],
    };
  }
}

/** The same in arrays of its own, so that no layer can do the work of another across it. */
class Apart extends NegatesIn {
  override readonly inPlace = false;

  override plan(input: Activation, { activation, training }: Planner): LayerPlan {
    const output = activation(input.shape, { overwritable: true });
    const size = sizeOf(input.shape);
    const copy = (from: Float32Array, to: Float32Array, sign: number) =>
      perShard(({ first, count }) =>
        samplesOf(to, size, first, count).set(samplesOf(from, size, first, count).map((value) => sign * value)),
      );
    return {
      output,
      forward: [copy(input.data, output.data, this.pass === 'evaluation' && !training ? -1 : 1)],
      backward: [copy(output.gradient, input.gradient, this.pass === 'backward' ? -1 : 1)],
    };
  }
}

describe('a layer that works in place in one pass alone', () => {
  const neighbours: [string, () => Layer[], () => Layer[]][] = [
    ['Conv2d and ReLU', () => [new Conv2d(4, 16, 3, { padding: 1 })], () => [new ReLU()]],
    ['Conv2d and BatchNorm2d', () => [new Conv2d(4, 16, 3, { padding: 1 })], () => [new BatchNorm2d(16)]],
    ['BatchNorm2d and MaxPool2d', () => [new Conv2d(4, 16, 1), new BatchNorm2d(16)], () => [new MaxPool2d(2)]],
    ['ReLU and BatchNorm2d', () => [new Conv2d(4, 16, 1), new ReLU()], () => [new BatchNorm2d(16)]],
  ];

  it.each(
    neighbours.flatMap(([name, before, behind]) =>
      (['evaluation', 'backward'] as const).map((pass) => [name, pass, before, behind] as const),
    ),
  )(
    'between %s, in %s: what both sides of it give is what they give across a copy, to the bit',
    (_, pass, before, behind) => {
      const [found, expected] = [new NegatesIn(pass), new Apart(pass)].map((layer) => {
        const network = new Sequential([...before(), layer, ...behind()]);
        const model = new Model(network, { inputShape: [4, 4, 6], batchSize: 3, shards: 2, inputGradient: true });
        const trained = forward(model, values(288, 1));
        const gradient = backward(model, values(3 * sizeOf(model.output.shape), 2));
        return { trained, gradient, evaluated: forward(model.eval(), values(288, 3)) };
      });
      for (const what of ['trained', 'gradient', 'evaluated'] as const)
        expect([what, unequal(found[what], expected[what])]).toEqual([what, []]);
    },
  );
});

describe('layers of one’s own among ours', () => {
  it.each([
    ['Dropout', new Dropout(0.3)],
    ['ReLU', new ReLU()],
    ['one that is in place', new Negate()],
  ])('a layer whose backward reads its output has right gradients before %s', (_, layer) => {
    expect(gradcheck(new Sequential([new Linear(4, 5), new Sigmoid(), layer, new Linear(5, 2)]), [4])).toBe(true);
  });

  it('before Dropout it gives in evaluation what it gives alone', () => {
    const [alone, before] = [[new Sigmoid()], [new Sigmoid(), new Dropout()]].map((layers) =>
      forward(new Model(new Sequential(layers), { inputShape: [6], batchSize: 2 }).eval(), values(12)),
    );
    expect(before).toEqual(alone);
  });

  it.each(['train', 'eval'] as const)(
    'a ReLU behind a layer in place is not done by the convolution before both: nothing below 0 comes out, %s',
    (mode) => {
      const network = new Sequential([new Conv2d(2, 8, 3), new Negate(), new ReLU()]);
      const y = forward(new Model(network, { inputShape: [2, 5, 5], batchSize: 3 })[mode](), values(150));
      expect(Math.min(...y)).toBe(0);
      expect(Math.max(...y)).toBeGreaterThan(0);
    },
  );
});
