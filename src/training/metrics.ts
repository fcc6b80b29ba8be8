import type { NdArray } from 'ndarray';
import type { Dataset } from '../data/dataset.js';
import type { Sampler } from '../data/sampler.js';
import type { MetricSums } from '../formats/checkpoint.js';
import { type Activation, samplesOf } from '../layers/layer.js';
import type { LossBatch, MetricName, TargetKind } from '../losses/loss.js';
import { metrics } from '../losses/metrics.js';
import { sizeOf } from '../tensor/shape.js';

/** How good outputs are: the loss, and the metrics that go with it. Of the loss the mean is over the samples or, where they
 * count differently, over what counts. */
export interface Metrics extends Readonly<Partial<Record<MetricName, number>>> {
  readonly loss: number;
}

/** One training step's result; loss and metrics run from the start of the epoch. */
export interface StepReport extends Metrics {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  /** Loss and metrics of this step alone. */
  readonly ofStep: Metrics;
  /** By which the step was taken, of parameters in no group. */
  readonly learningRate: number;
  readonly stepsPerSecond: number;
  readonly imagesPerSecond: number;
}

/** How far an evaluation is; loss and metrics run from its start. */
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

/** What one of the evaluations that end an epoch has found: of classes with their probabilities. */
export interface EpochEvaluation extends Evaluation {
  readonly epoch: number;
  readonly set: 'validation' | 'test';
}

export type SetName = 'train' | 'validation' | 'test';

/** The metrics of a data set under the names that a report has for them, such as trainLoss. */
export type MetricsOf<Set extends SetName> = {
  readonly [Name in keyof Metrics as `${Set}${Capitalize<Name>}`]: Metrics[Name];
};

/** What an epoch is judged by, such as validationLoss. */
export type EpochMetric = keyof (MetricsOf<'train'> & MetricsOf<'validation'> & MetricsOf<'test'>);

/** Those of training are means over the epoch's steps, in training mode, while the weights changed; the others stand after the
 * epoch, in evaluation mode, and are absent without such a set. */
export interface EpochReport extends MetricsOf<'train'>, Partial<MetricsOf<'validation'>>, Partial<MetricsOf<'test'>> {
  readonly epoch: number;
  /** Training time, without the evaluation and what `onStep` waits for. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

export interface Evaluation extends Metrics {
  /** The most likely class of each sample or, as [samples, height, width], of each pixel; absent where targets are floats. */
  readonly predictions?: Int32Array;
  /** [samples, classes] or [samples, classes, height, width], where they were asked for: see Prediction. */
  readonly probabilities?: NdArray<Float32Array>;
  /** What the network puts out, [samples, …] in PyTorch's order, where targets are floats. */
  readonly outputs?: NdArray<Float32Array>;
}

const epochMetric = (set: SetName, name: keyof Metrics) =>
  `${set}${name[0].toUpperCase()}${name.slice(1)}` as EpochMetric;

/** A set's metrics as a report has them. */
export const metricsOf = <Set extends SetName>(set: Set, found: Metrics) =>
  Object.fromEntries(
    Object.entries(found).map(([name, value]) => [epochMetric(set, name as keyof Metrics), value]),
  ) as MetricsOf<Set>;

/** What the reports of a run have that looks at these sets. */
export const epochMetrics = (sets: readonly SetName[], names: readonly MetricName[]): EpochMetric[] =>
  sets.flatMap((set) => (['loss', ...names] as const).map((name) => epochMetric(set, name)));

/** What of a run's programs metrics are made of. */
export interface Measured {
  readonly metrics: readonly MetricName[];
  readonly targets: TargetKind;
}

/** Sums over batches, in sample order, of the loss and the metrics that go with it. */
export class RunningMetrics {
  /** Samples so far. */
  count: number;
  readonly sums: MetricSums;

  /** @param before of the samples before */
  constructor(
    private readonly measured: Measured,
    before: Pick<RunningMetrics, 'count' | 'sums'> = { count: 0, sums: {} },
  ) {
    this.count = before.count;
    this.sums = Object.fromEntries(
      ['loss', ...measured.metrics].map((name) => [name, structuredClone(before.sums[name] ?? { sum: 0, of: 0 })]),
    );
  }

  /** Adds the batch that a pass has just computed. */
  add({ data, shape }: Activation, { losses, weights, targets }: LossBatch, samples: number): void {
    const { targets: kind } = this.measured;
    for (let n = 0; n < samples; n++) {
      this.addTo('loss', losses[n], weights[n]);
      const [output, wanted] = [samplesOf(data, sizeOf(shape), n), samplesOf(targets, sizeOf(kind.shape), n)];
      for (const name of this.measured.metrics) this.addTo(name, ...metrics[name](output, wanted, kind));
    }
    this.count += samples;
  }

  private addTo(name: keyof Metrics, sum: number, of: number): void {
    this.sums[name].sum += sum;
    this.sums[name].of += of;
  }

  /** @param before sums of samples that do not count */
  mean(before: MetricSums = {}): Metrics {
    const means = Object.entries(this.sums).map(([name, { sum, of }]) => {
      const others = before[name] ?? { sum: 0, of: 0 };
      return [name, (sum - others.sum) / (of - others.of)];
    });
    return Object.fromEntries(means) as unknown as Metrics;
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
