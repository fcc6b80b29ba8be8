import type { Dataset } from '../data/dataset.js';
import type { Sampler } from '../data/sampler.js';
import type { Activation } from '../layers/layer.js';
import type { LossBatch } from '../losses/loss.js';
import { argmax } from '../network/predict.js';
import { sizeOf } from '../tensor/shape.js';

export interface Metrics {
  /** In the mean over the samples. */
  readonly loss: number;
  /** Share of samples whose most likely class is their own, from 0 to 1. */
  readonly accuracy: number;
}

/** One training step's result; loss and accuracy run from the start of the epoch. */
export interface StepReport extends Metrics {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly stepsPerSecond: number;
  readonly imagesPerSecond: number;
}

/** How far an evaluation is; loss and accuracy run from its start. */
export interface EvaluationProgress extends Metrics {
  /** Evaluated so far. */
  readonly images: number;
  /** In the data set. */
  readonly count: number;
  readonly imagesPerSecond: number;
}

/** How far one of the evaluations that end an epoch is. */
export interface EpochEvaluationProgress extends EvaluationProgress {
  readonly epoch: number;
  readonly set: 'validation' | 'test';
}

export interface EpochReport {
  readonly epoch: number;
  /** Mean over the epoch's steps, in training mode, while the weights changed. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** After the epoch, in evaluation mode; absent without such a set. */
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
  readonly testLoss?: number;
  readonly testAccuracy?: number;
  /** Training time, without the evaluation. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

export interface Evaluation extends Metrics {
  /** The most likely class of each image. */
  readonly predictions: Int32Array;
}

/** What running metrics are made of: sums over the first `count` samples. */
export interface MetricSums {
  readonly count: number;
  readonly loss: number;
  readonly correct: number;
}

/** Sums of losses and right answers over batches, in sample order. */
export class RunningMetrics implements MetricSums {
  count: number;
  loss: number;
  correct: number;
  readonly predictions: Int32Array;

  /** @param sums of the samples before, whose predictions stay 0 */
  constructor(samples: number, sums: MetricSums = { count: 0, loss: 0, correct: 0 }) {
    this.predictions = new Int32Array(samples);
    ({ count: this.count, loss: this.loss, correct: this.correct } = sums);
  }

  /** Adds the batch that a pass has just computed, of an output of [classes]. */
  add({ data, shape }: Activation, { losses, targets }: LossBatch, samples: number): void {
    const classes = sizeOf(shape);
    for (let n = 0; n < samples; n++) {
      const prediction = argmax(data.subarray(n * classes, (n + 1) * classes));
      this.predictions[this.count++] = prediction;
      this.loss += losses[n];
      if (prediction === targets[n]) this.correct++;
    }
  }

  mean(): Metrics {
    return { loss: this.loss / this.count, accuracy: this.correct / this.count };
  }
}

/** An epoch that is not at its end. */
export interface RunningEpoch {
  readonly metrics: RunningMetrics;
  readonly seconds: number;
  /** Not known of a checkpoint's. */
  readonly train?: Dataset;
  readonly sampler?: Sampler | undefined;
}
