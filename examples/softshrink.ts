// A layer of one's own, torch.nn.Softshrink: what is within lambda of 0 becomes 0, all else moves towards it by lambda.
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

export class Softshrink extends Layer {
  readonly type = 'Softshrink';

  constructor(readonly lambda = 0.5) {
    super();
  }

  arguments() {
    return [this.lambda];
  }

  describe() {
    return `Softshrink(${this.lambda})`;
  }

  plan(input: Activation, { activation }: Planner): LayerPlan {
    const output = activation(input.shape);
    const size = sizeOf(input.shape);
    const { lambda } = this;
    return {
      output,
      forward: [
        perShard(({ first, count }) => {
          const [x, y] = [input.data, output.data].map((array) => samplesOf(array, size, first, count));
          for (let i = 0; i < x.length; i++) y[i] = Math.max(x[i] - lambda, 0) + Math.min(x[i] + lambda, 0);
        }),
      ],
      backward: [
        perShard(({ first, count }) => {
          const [x, dx, dy] = [input.data, input.gradient, output.gradient].map((array) =>
            samplesOf(array, size, first, count),
          );
          for (let i = 0; i < x.length; i++) dx[i] = Math.abs(x[i]) > lambda ? dy[i] : 0;
        }),
      ],
    };
  }
}

registerLayer('Softshrink', Softshrink);
