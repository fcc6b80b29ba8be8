import type { Dataset } from '../data/dataset.js';
import { HeddleError } from '../errors.js';
import type { TargetKind } from '../losses/loss.js';
import type { StateDict } from '../network/stateDict.js';
import { abortSignal, callback, flag, options } from '../validate.js';
import { Answers } from './answers.js';
import {
  type Evaluation,
  type EvaluationProgress,
  type Metrics,
  type MetricsOf,
  metricsOf,
  RunningMetrics,
} from './metrics.js';
import type { ProgramRunner } from './programRunner.js';
import type { Programs } from './programs.js';
import type { DataSets } from './runData.js';
import type { FitOptions, RunConfig } from './trainerOptions.js';

export interface EvaluateOptions {
  /** Whether a classifier's probabilities of all classes are wanted, for each sample. Default false. */
  readonly probabilities?: boolean | undefined;
  /** Stops after the running batch. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch; the next one waits for what it returns. */
  readonly onBatch?: ((progress: EvaluationProgress) => unknown) | undefined;
}

/** The options of an `evaluate`. @throws HeddleError ARGUMENT */
export function evaluateSettings(given: EvaluateOptions | undefined, { of }: TargetKind, others: readonly unknown[]) {
  const defaults = { probabilities: false, signal: undefined, onBatch: undefined } as const;
  const settings = options('trainer.evaluate(dataset, { signal, onBatch })', given, defaults, others);
  abortSignal('signal', settings.signal);
  callback('onBatch', settings.onBatch);
  if (flag('probabilities', settings.probabilities) && of !== 'classes')
    throw new HeddleError('ARGUMENT', 'trainer.evaluate: the loss is of floats, so that there are no probabilities');
  return settings;
}

/** Evaluates data sets by a run's model or, after its first step, by the average of the weights if one is kept. */
export class Evaluator {
  /** Also between two batches, while the evaluation waits for what onBatch returns. The average is in the model's place. */
  private atWork = false;

  constructor(
    private readonly config: Pick<RunConfig, 'updateBn'>,
    private readonly programs: Programs,
    private readonly runner: ProgramRunner,
  ) {}

  /** @throws HeddleError STATE unless the trainer is free for the next batch */
  checkIdle(): void {
    this.runner.pool.check();
    if (this.atWork)
      throw new HeddleError('STATE', 'the trainer is at work already; await its evaluate before the next one');
  }

  /** What evaluation goes by. @throws HeddleError STATE while an evaluation has model and average change places */
  stateDict(steps: number): StateDict {
    const average = this.averageAfter(steps);
    if (this.atWork && average)
      throw new HeddleError('STATE', 'the trainer evaluates the average of the weights; await that first');
    return average?.state ?? this.programs.model.stateDict();
  }

  /** @param steps taken so far */
  async evaluate(
    steps: number,
    dataset: Dataset,
    { signal, onBatch, probabilities = false }: EvaluateOptions,
  ): Promise<Evaluation | undefined> {
    const answers = this.answersOf(dataset, probabilities);
    const found = await this.measure(steps, dataset, signal, onBatch, answers);
    return found && { ...found, ...answers.all() };
  }

  /** @param answers takes down what the network says of each sample */
  async measure(
    steps: number,
    dataset: Dataset,
    signal: AbortSignal | undefined,
    onBatch: EvaluateOptions['onBatch'],
    answers?: Answers,
  ): Promise<Metrics | undefined> {
    this.checkIdle();
    const { model, batch } = this.programs;
    const { count } = dataset;
    const order = Int32Array.from({ length: count }, (_, i) => i);
    const metrics = new RunningMetrics(this.programs);
    return this.withAverage(steps, async () => {
      const start = performance.now();
      const step = { number: steps, learningRate: 0 };
      await this.runner.run('prepare', dataset, order.subarray(0, 1), step);
      for (let first = 0; first < count; first += model.batchSize) {
        if (signal?.aborted) return undefined;
        const indices = order.subarray(first, first + model.batchSize);
        await this.runner.run('evaluate', dataset, indices, step);
        answers?.add(this.programs.output('evaluate'), first, indices.length);
        metrics.add(this.programs.output('evaluate'), batch, indices.length);
        const images = metrics.count;
        const imagesPerSecond = (1000 * images) / (performance.now() - start);
        await onBatch?.({ ...metrics.mean(), images, count, imagesPerSecond });
      }
      return metrics.mean();
    });
  }

  /** Has the average in the model's place during some work, if one is kept. */
  private async withAverage<T>(steps: number, work: () => Promise<T>): Promise<T> {
    const average = this.averageAfter(steps);
    average?.swap();
    this.atWork = true;
    try {
      return await work();
    } finally {
      average?.swap();
      this.atWork = false;
      this.programs.model.passedOver(); // its own passes have the average prepared now
    }
  }

  /** What ends an epoch: new statistics for BatchNorm, if they are wanted, and evaluations; undefined when the signal stopped it.
   * @param steps taken so far
   * @param order the samples of the epoch
   * @throws HeddleError DIVERGED unless their losses are finite numbers */
  async endEpoch(
    steps: number,
    epoch: number,
    { train, validation, test }: DataSets,
    order: Int32Array,
    { signal, onEvaluate, onEvaluated }: Watch,
  ): Promise<EndOfEpoch | undefined> {
    if (!(await this.updateBn(steps, epoch, train, order, signal))) return undefined;
    let report: EndOfEpoch = {};
    for (const [set, dataset] of Object.entries({ validation, test }) as [
      'validation' | 'test',
      Dataset | undefined,
    ][]) {
      if (!dataset) continue;
      const answers = onEvaluated && this.answersOf(dataset, this.programs.targets.of === 'classes');
      const onBatch = (progress: EvaluationProgress) => onEvaluate?.({ epoch, set, ...progress });
      const found = await this.measure(steps, dataset, signal, onBatch, answers);
      if (!found) return undefined;
      checkFinite(found, set, epoch);
      await onEvaluated?.({ epoch, set, ...found, ...answers?.all() });
      report = { ...report, ...metricsOf(set, found) };
    }
    return report;
  }

  /** What comes out depends on weights, data and settings alone: it may be done again, when a run goes on from before it.
   * @returns false when the signal stopped it */
  private async updateBn(
    steps: number,
    epoch: number,
    dataset: Dataset,
    order: Int32Array,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { batchSize, buffers } = this.programs.model;
    const count = Math.min(this.config.updateBn, Math.ceil(order.length / batchSize));
    if (count === 0 || buffers.length === 0) return true;
    this.checkIdle();
    return this.withAverage(steps, async () => {
      for (let index = 0; index < count; index++) {
        if (signal?.aborted) return false;
        const indices = order.subarray(index * batchSize, (index + 1) * batchSize);
        const step = {
          number: steps,
          epoch: epoch - 1,
          learningRate: 0,
          batch: { index, count },
          estimatedBatches: index,
        };
        await this.runner.run('estimate', dataset, indices, step);
      }
      return true;
    });
  }

  private answersOf({ count }: Dataset, probabilities: boolean): Answers {
    return new Answers(this.programs.targets, this.programs.model.outputShape, count, probabilities);
  }

  private averageAfter(steps: number) {
    return steps > 0 ? this.programs.average : undefined;
  }
}

/** What `fit` was given of these. */
type Watch = { readonly [Name in 'signal' | 'onEvaluate' | 'onEvaluated']: FitOptions[Name] | undefined };

type EndOfEpoch = Partial<MetricsOf<'validation'> & MetricsOf<'test'>>;

function checkFinite({ loss }: Metrics, set: 'validation' | 'test', epoch: number): void {
  if (!Number.isFinite(loss))
    throw new HeddleError(
      'DIVERGED',
      `the loss on the ${set} images is ${loss} after epoch ${epoch}. Try a lower learning rate.`,
    );
}
