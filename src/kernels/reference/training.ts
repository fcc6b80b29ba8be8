import { expNegative, logAboveOne } from '../../tensor/transcendental.js';
import type { TrainingKernels } from '../contract/training.js';

const { fround } = Math;

export const trainingKernels: TrainingKernels = {
  softmaxCrossEntropy(logits, rows, classes, targets, labelSmoothing, gradientScale, losses, dLogits) {
    const shared = labelSmoothing / classes;
    for (let r = 0; r < rows; r++) {
      const row = r * classes;
      let largest = logits[row];
      for (let c = 1; c < classes; c++) if (logits[row + c] > largest) largest = logits[row + c];
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += expNegative(logits[row + c] - largest);
      const logSum = logAboveOne(sum);
      losses[r] = logSum - (logits[row + targets[r]] - largest);
      if (labelSmoothing !== 0) {
        let all = 0;
        for (let c = 0; c < classes; c++) all += logSum - (logits[row + c] - largest);
        losses[r] = losses[r] * (1 - labelSmoothing) + all * shared;
      }
      for (let c = 0; c < classes; c++) {
        const probability = expNegative(logits[row + c] - largest) / sum - shared;
        dLogits[row + c] = (c === targets[r] ? probability - (1 - labelSmoothing) : probability) * gradientScale;
      }
    }
  },

  sumShards(gradients, count, stride, output) {
    for (let i = 0; i < output.length; i++) {
      let sum = gradients[i];
      for (let shard = 1; shard < count; shard++) sum = fround(sum + gradients[shard * stride + i]);
      output[i] = sum;
    }
  },

  sumSquares(x, sums) {
    const lanes = new Float64Array(4);
    for (let i = 0; i < x.length; i++) lanes[i % 4] += x[i] * x[i];
    sums[0] = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  },

  scale(x, factor) {
    const rounded = fround(factor);
    for (let i = 0; i < x.length; i++) x[i] *= rounded;
  },

  average(value, share, average) {
    const rounded = fround(share);
    for (let i = 0; i < value.length; i++)
      average[i] = fround(average[i] + fround(fround(value[i] - average[i]) * rounded));
  },

  sgd(parameter, gradient, momentumBuffer, update) {
    const { nesterov, first } = update;
    const [learningRate, momentum, weightDecay] = [update.learningRate, update.momentum, update.weightDecay].map(
      fround,
    );
    const share = fround(1 - update.dampening);
    for (let i = 0; i < parameter.length; i++) {
      let direction = gradient[i];
      if (weightDecay !== 0) direction = fround(direction + fround(parameter[i] * weightDecay));
      if (momentumBuffer) {
        const velocity = first ? direction : fround(fround(momentumBuffer[i] * momentum) + fround(direction * share));
        momentumBuffer[i] = velocity;
        direction = nesterov ? fround(direction + fround(velocity * momentum)) : velocity;
      }
      parameter[i] = fround(parameter[i] - fround(direction * learningRate));
    }
  },

  adam(parameter, gradient, expAvg, expAvgSq, update) {
    const [beta1, beta2, eps, stepSize] = [update.beta1, update.beta2, update.eps, update.stepSize].map(fround);
    const [correction, weightDecay, keep] = [update.correction, update.weightDecay, update.keep].map(fround);
    const [share1, share2] = [fround(1 - update.beta1), fround(1 - update.beta2)];
    for (let i = 0; i < parameter.length; i++) {
      const value = fround(parameter[i] * keep);
      const direction = fround(gradient[i] + fround(value * weightDecay));
      expAvg[i] = fround(fround(expAvg[i] * beta1) + fround(direction * share1));
      expAvgSq[i] = fround(fround(expAvgSq[i] * beta2) + fround(fround(direction * share2) * direction));
      const denominator = fround(fround(fround(Math.sqrt(expAvgSq[i])) / correction) + eps);
      parameter[i] = fround(value - fround(stepSize * fround(expAvg[i] / denominator)));
    }
  },

  rmsprop(parameter, gradient, squareAvg, momentumBuffer, gradAvg, update) {
    const [learningRate, alpha, eps] = [update.learningRate, update.alpha, update.eps].map(fround);
    const [momentum, weightDecay, share] = [update.momentum, update.weightDecay, 1 - update.alpha].map(fround);
    for (let i = 0; i < parameter.length; i++) {
      const direction = fround(gradient[i] + fround(parameter[i] * weightDecay));
      squareAvg[i] = fround(fround(squareAvg[i] * alpha) + fround(fround(direction * share) * direction));
      let square = squareAvg[i];
      if (gradAvg) {
        gradAvg[i] = fround(fround(gradAvg[i] * alpha) + fround(direction * share));
        square = Math.max(fround(square - fround(gradAvg[i] * gradAvg[i])), 0);
      }
      let step = fround(direction / fround(fround(Math.sqrt(square)) + eps));
      if (momentumBuffer) {
        step = fround(fround(momentumBuffer[i] * momentum) + step);
        momentumBuffer[i] = step;
      }
      parameter[i] = fround(parameter[i] - fround(step * learningRate));
    }
  },
};
