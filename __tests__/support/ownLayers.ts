import { type Activation, Layer, type LayerPlan, type Phase, type Planner, type Shape } from '../../src/index.js';

/** A layer as its users write them: y = w·x + w²·x² for each feature, with one weight for each. */
export class Parabola extends Layer {
  readonly type = 'Parabola';

  /** @param spoil what is wrong with the gradients of the input and of the weight of feature `i` */
  constructor(
    readonly features: number,
    readonly spoil: Partial<Record<'input' | 'weight', (gradient: number, i: number) => number>> = {},
  ) {
    super();
  }

  arguments() {
    return [this.features];
  }

  describe() {
    return `Parabola(${this.features})`;
  }

  override outputShape(): Shape {
    return [this.features];
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { features, spoil } = this;
    const weight = planner.parameter('weight', [features], { constant: 1 });
    const output = planner.activation([features]);
    const asItIs = (gradient: number) => gradient;
    const { input: spoilInput = asItIs, weight: spoilWeight = asItIs } = spoil;
    return {
      output,
      forward: [
        {
          by: 'shard',
          run({ first, count }) {
            for (let place = first * features; place < (first + count) * features; place++) {
              const product = weight.data[place % features] * input.data[place];
              output.data[place] = product + product * product;
            }
          },
        },
      ],
      backward: [
        {
          by: 'part',
          parts: features,
          run(i, { samples }) {
            const w = weight.data[i];
            let sum = 0;
            for (let place = i; place < samples * features; place += features) {
              const [x, dy] = [input.data[place], output.gradient[place]];
              sum += dy * (x + 2 * w * x * x);
              input.gradient[place] = spoilInput(dy * (w + 2 * w * w * x), i);
            }
            weight.gradient[i] = spoilWeight(sum, i);
          },
        },
      ],
    };
  }
}

/** The layer, with something done to the gradients of its input and its weight after its backward. */
export class Spoiled extends Layer {
  readonly type = 'Spoiled';

  constructor(
    readonly layer: Layer,
    readonly spoil: (input: Float32Array, weight: Float32Array) => void,
  ) {
    super();
  }

  arguments = () => [];
  describe = () => this.layer.describe();
  override outputShape = (input: Shape) => this.layer.outputShape(input);

  plan(input: Activation, planner: Planner): LayerPlan {
    const { layer, spoil } = this;
    const gradients: Float32Array[] = [];
    const parameter: Planner['parameter'] = (...settings) => {
      const made = planner.parameter(...settings);
      gradients.push(made.gradient);
      return made;
    };
    const plan = layer.plan(input, { ...planner, parameter });
    return {
      ...plan,
      backward: [...plan.backward, { by: 'part', parts: 1, run: () => spoil(input.gradient, gradients[0]) }],
    };
  }
}

/** A function of each number. */
export class Elementwise extends Layer {
  readonly type = 'Elementwise';

  constructor(
    readonly value: (x: number, place: number) => number,
    readonly slope: (x: number, place: number) => number,
  ) {
    super();
  }

  arguments = () => [];
  describe = () => 'Elementwise()';
  override outputShape = (input: Shape) => input;

  plan(input: Activation, planner: Planner): LayerPlan {
    const { value, slope } = this;
    const output = planner.activation(input.shape);
    const each = (run: (place: number) => void): Phase => ({ by: 'part', parts: input.data.length, run });
    return {
      output,
      forward: [
        each((place) => {
          output.data[place] = value(input.data[place], place);
        }),
      ],
      backward: [
        each((place) => {
          input.gradient[place] = slope(input.data[place], place) * output.gradient[place];
        }),
      ],
    };
  }
}
