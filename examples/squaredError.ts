// A loss of one's own, which trains classifiers too: the squared distance between the outputs and a 1 for the right class
// and 0 for the others. Hui and Belkin, 2021.
import { type Activation, type Loss, type LossBatch, type Phase, perShard, registerLoss, sizeOf } from 'heddle';

export class SquaredError implements Loss {
  readonly type = 'SquaredError';

  plan({ shape, data, gradient }: Activation, { targets, losses }: LossBatch): Phase {
    const classes = sizeOf(shape);
    return perShard(({ first, count }, { samples }) => {
      for (let n = first; n < first + count; n++) {
        losses[n] = 0;
        for (let c = 0; c < classes; c++) {
          const difference = data[n * classes + c] - (c === targets[n] ? 1 : 0);
          losses[n] += difference * difference;
          gradient[n * classes + c] = (2 * difference) / samples;
        }
      }
    });
  }
}

registerLoss('SquaredError', SquaredError);
