// A layer of one's own, torch.nn.LeakyReLU: x where it is above 0, else a small part of it.
import {
  type Activation,
  Layer,
  type LayerPlan,
  type Planner,
  perShard,
  registerLayer,
  samplesOf,
  sizeOf,
} from 'heddle';

export class LeakyReLU extends Layer {
  readonly type = 'LeakyReLU';

  constructor(readonly negativeSlope = 0.01) {
    super();
  }

  arguments() {
    return [this.negativeSlope];
  }

  describe() {
    return `LeakyReLU(negative_slope=${this.negativeSlope})`;
  }

  plan(input: Activation, { activation }: Planner): LayerPlan {
    const output = activation(input.shape);
    const size = sizeOf(input.shape);
    const slope = (x: number) => (x > 0 ? 1 : this.negativeSlope);
    return {
      output,
      forward: [
        perShard(({ first, count }) => {
          const [x, y] = [input.data, output.data].map((array) => samplesOf(array, size, first, count));
          for (let i = 0; i < x.length; i++) y[i] = slope(x[i]) * x[i];
        }),
      ],
      backward: [
        perShard(({ first, count }) => {
          const [x, dx, dy] = [input.data, input.gradient, output.gradient].map((array) =>
            samplesOf(array, size, first, count),
          );
          for (let i = 0; i < x.length; i++) dx[i] = slope(x[i]) * dy[i];
        }),
      ],
    };
  }
}

registerLayer('LeakyReLU', LeakyReLU);
