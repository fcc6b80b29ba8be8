import { shuffled } from '../data/batches.js';
import { checkDataset, type ImageDataset } from '../data/imageDataset.js';
import { HeddleError } from '../errors.js';
import { type BestEpoch, type Checkpoint, checkCheckpoint } from '../formats/checkpoint.js';
import type { Model } from '../network/model.js';
import type { Sequential } from '../network/sequential.js';
import { checkStateDict, loadStateDict, type StateDict } from '../network/stateDict.js';
import { factorAt } from '../optimizers/schedules.js';
import { WorkerPool } from '../parallel/pool.js';
import type { Pass } from '../program/phase.js';
import type { ProfileRow } from '../program/profile.js';
import { sizeOf } from '../tensor/shape.js';
import type { StoredSource } from '../tensor/view.js';
import { abortSignal, callback, plainObject, required } from '../validate.js';
import { checkEvaluation, checkLoss } from './divergence.js';
import { type EpochReport, type Evaluation, type EvaluationProgress, RunningMetrics } from './metrics.js';
import { type ProgramName, Programs } from './programs.js';
import {
  checkData,
  checkSettings,
  copies,
  type DataFingerprints,
  type DataSets,
  dataFingerprints,
  fingerprintsOf,
  runSettings,
} from './resume.js';
import type { RunConfig } from './runConfig.js';
import { type FitOptions, fitSettings, runConfig, type TrainerOptions } from './trainerOptions.js';
import { weightsHash } from './weightsHash.js';
import type { WorkerSetup, WorkerTask } from './workerTask.js';

interface RunningEpoch {
  readonly metrics: RunningMetrics;
  readonly seconds: number;
  /** Not known of a checkpoint's. */
  readonly train?: ImageDataset;
}

/** Trains a network with cross-entropy on all cores: batch shards over a pool of worker threads, in shared memory. */
export class Trainer {
  readonly model: Model;
  readonly config: RunConfig;
  /** Training steps taken so far. */
  steps = 0;
  /** Epochs trained, and evaluated, to their end. */
  epochsDone = 0;
  private readonly programs: Programs;
  private readonly pool: WorkerPool<WorkerSetup, WorkerTask>;
  /** What this trainer has run itself, without the steps of the checkpoint that it goes on from. */
  private readonly ran = { steps: 0, samples: 0, milliseconds: 0 };
  /** The epoch at work, or the one that was interrupted. */
  private running: RunningEpoch | undefined;
  /** Of the last fit's data sets; taken when they are wanted, since that wants some time. */
  private fingerprints: () => DataFingerprints = () => ({});
  private best: BestEpoch | undefined;
  /** Meanwhile the average of the weights, if one is kept, is in the model's place. */
  private evaluating = false;
  /** What a checkpoint says of the data that the next fit must be given. */
  private expected: DataFingerprints = {};

  constructor(network: Sequential, options: TrainerOptions, ...others: never[]) {
    this.config = runConfig(network, options, others);
    this.programs = new Programs(this.config);
    this.model = this.programs.model;
    // An evaluation may have more phases than a training step.
    const mostPhases = Math.max(...Object.values(this.programs.phases).map(({ length }) => length));
    const { memory } = this.model.arena;
    this.pool = new WorkerPool(this.config.workers, mostPhases, { config: this.config, memory });
  }

  /**
   * Trains for some epochs, each over the whole shuffled set, and yields a report after each. An epoch that was
   * interrupted before goes on where it stopped.
   *
   * @throws HeddleError WORKER when a worker thread fails; the trainer can then only be closed
   * @throws HeddleError DIVERGED when the loss is NaN or infinite, of a step or of an evaluation; the weights are worth
   *   nothing then
   * @throws HeddleError CHECKPOINT when the trainer comes from a checkpoint of a run on other data
   */
  async *fit(train: ImageDataset, options: FitOptions): AsyncGenerator<EpochReport, void> {
    required('trainer.fit(train, { epochs: 10 })', { train });
    const { epochs, test, validation, patience, signal, onStart, onStep, onEvaluate, stopWhen } = fitSettings(options);
    for (const dataset of [train, test, validation]) if (dataset !== undefined) this.check(dataset);
    this.takeData({ train, test, validation }, patience !== undefined);
    await onStart?.();
    for (let i = 0; i < epochs && this.epochsDone - this.bestEpoch < (patience ?? Number.POSITIVE_INFINITY); i++) {
      const trained = await this.trainEpoch(train, signal, onStep);
      const tested = trained && (await this.evaluateAll({ test, validation }, signal, onEvaluate));
      if (!tested) return;
      this.epochsDone++;
      this.running = undefined;
      const report = { ...trained, ...tested };
      if (patience !== undefined) this.keepBest(report);
      yield report;
      if (stopWhen?.(report)) break;
    }
    if (patience !== undefined && this.best) this.load(this.best.state);
  }

  /** The epoch of the best validation accuracy so far, where fit was asked to stop early; before, the epochs done. */
  get bestEpoch(): number {
    return this.best?.epoch ?? this.epochsDone;
  }

  private keepBest({ epoch, validationAccuracy = 0 }: EpochReport): void {
    if (!this.best || validationAccuracy > this.best.accuracy)
      this.best = { epoch, accuracy: validationAccuracy, state: copies(this.stateDict()) };
  }

  private load(state: ReadonlyMap<string, StoredSource>): void {
    this.model.loadStateDict(state);
    if (this.programs.average) loadStateDict(this.programs.average.state, state);
  }

  /** What evaluation goes by: the average of the weights, if one is kept, or the model's.
   * @throws HeddleError STATE while an evaluation has the two change places */
  stateDict(): StateDict {
    const average = this.steps > 0 ? this.programs.average : undefined;
    if (this.evaluating && average)
      throw new HeddleError('STATE', 'the trainer evaluates the average of the weights; await that first');
    return average?.state ?? this.model.stateDict();
  }

  /** A copy of all that the run needs to go on: see `restore`. Between two steps, that is, from `onStep` as well. */
  checkpoint(): Checkpoint {
    this.stateDict(); // which tells whether this is a good moment
    const { metrics, seconds } = this.running ?? { metrics: new RunningMetrics(0), seconds: 0 };
    const { count, loss, correct } = metrics;
    return {
      settings: { ...runSettings(this.config), ...this.fingerprints() },
      position: { steps: this.steps, epochs: this.epochsDone, running: { count, loss, correct, seconds } },
      model: copies(this.model.stateDict()),
      optimizer: copies(this.programs.optimizerState),
      average: copies(this.programs.average?.state ?? new Map()),
      ...(this.best ? { best: this.best } : {}),
    };
  }

  /**
   * Takes the place of the run that made the checkpoint: what comes has the same bits as if that one had gone on. Workers
   * and kernels may be others, but for `relaxed`.
   *
   * @throws HeddleError CHECKPOINT naming each setting that differs
   * @throws HeddleError STATE_DICT when the tensors do not fit
   */
  restore(checkpoint: Checkpoint): void {
    const { settings, position, model, optimizer, average, best } = checkCheckpoint('trainer.restore', checkpoint);
    plainObject('position.running', position.running);
    this.stateDict(); // which tells whether this is a good moment
    checkSettings(runSettings(this.config), settings);
    const averageState = this.programs.average?.state ?? new Map();
    for (const state of best ? [model, best.state] : [model]) checkStateDict(this.model.stateDict(), state);
    checkStateDict(averageState, average);
    loadStateDict(this.programs.optimizerState, optimizer);
    loadStateDict(averageState, average);
    // The average has the model's own counters, so these come last.
    this.model.loadStateDict(model);
    this.best = best;
    const { seconds, ...sums } = position.running;
    ({ steps: this.steps, epochs: this.epochsDone } = position);
    this.running = sums.count > 0 ? { metrics: new RunningMetrics(sums.count, sums), seconds } : undefined;
    const expected = dataFingerprints(settings);
    this.expected = expected;
    this.fingerprints = () => expected;
  }

  /** @throws HeddleError CHECKPOINT when a checkpoint's data sets are others */
  private takeData(sets: DataSets, stopsEarly: boolean): void {
    const { expected, fingerprints: before } = this;
    let known: DataFingerprints | undefined;
    const fingerprints = () => {
      known ??= fingerprintsOf(sets);
      return known;
    };
    if (Object.keys(expected).length > 0) checkData(expected, fingerprints());
    // Accuracies on other images say nothing here, and epochs that no one compared may have been better.
    if (this.best && !(stopsEarly && before().validationData === fingerprints().validationData)) this.best = undefined;
    this.fingerprints = fingerprints;
    if (this.running?.train && this.running.train !== sets.train) this.running = undefined;
    this.expected = {};
  }

  private async evaluateAll(
    { test, validation }: Omit<DataSets, 'train'>,
    signal: AbortSignal | undefined,
    onEvaluate: FitOptions['onEvaluate'],
  ) {
    const epoch = this.epochsDone + 1;
    const evaluate = (set: 'validation' | 'test', dataset: ImageDataset) =>
      this.evaluate(dataset, signal, (progress) => onEvaluate?.({ epoch, set, ...progress }));
    const validated = validation && (await evaluate('validation', validation));
    const tested = test && (await evaluate('test', test));
    if ((validation && !validated) || (test && !tested)) return undefined;
    for (const [set, evaluated] of Object.entries({ validation: validated, test: tested }))
      if (evaluated) checkEvaluation(evaluated.loss, set, this.epochsDone + 1);
    return {
      ...(validated ? { validationLoss: validated.loss, validationAccuracy: validated.accuracy } : {}),
      ...(tested ? { testLoss: tested.loss, testAccuracy: tested.accuracy } : {}),
    };
  }

  /**
   * Loss, accuracy and predictions on a data set, in evaluation mode; undefined when the signal stopped it. Of the average
   * of the weights, if one is kept.
   *
   * @param onBatch called after each batch; the next one waits for what it returns
   */
  async evaluate(
    dataset: ImageDataset,
    signal?: undefined,
    onBatch?: (progress: EvaluationProgress) => unknown,
  ): Promise<Evaluation>;
  async evaluate(
    dataset: ImageDataset,
    signal: AbortSignal | undefined,
    onBatch?: (progress: EvaluationProgress) => unknown,
  ): Promise<Evaluation | undefined>;
  async evaluate(
    dataset: ImageDataset,
    signal?: AbortSignal,
    onBatch?: (progress: EvaluationProgress) => unknown,
  ): Promise<Evaluation | undefined> {
    required('trainer.evaluate(dataset, signal, onBatch)', { dataset });
    this.check(dataset);
    abortSignal('signal', signal);
    callback('onBatch', onBatch);
    this.checkIdle();
    const average = this.steps > 0 ? this.programs.average : undefined;
    average?.swap();
    this.evaluating = true;
    try {
      return await this.evaluateModel(dataset, signal, onBatch);
    } finally {
      average?.swap();
      this.evaluating = false;
      this.model.weightsChanged(); // its own passes have the average prepared now
    }
  }

  private async evaluateModel(
    dataset: ImageDataset,
    signal?: AbortSignal,
    onBatch?: (progress: EvaluationProgress) => unknown,
  ): Promise<Evaluation | undefined> {
    const { batchSize } = this.config;
    const { count } = dataset;
    const order = Int32Array.from({ length: count }, (_, i) => i);
    const metrics = new RunningMetrics(count);
    const start = performance.now();
    await this.pool.run(this.stepOf('prepare', 1), { program: 'prepare', dataset });
    for (let first = 0; first < count; first += batchSize) {
      if (signal?.aborted) return undefined;
      await this.runBatch('evaluate', dataset, order.subarray(first, first + batchSize), metrics);
      const images = metrics.count;
      const imagesPerSecond = (1000 * images) / (performance.now() - start);
      await onBatch?.({ ...metrics.mean(), images, count, imagesPerSecond });
    }
    return { ...metrics.mean(), predictions: metrics.predictions };
  }

  /** SHA-256 of stateDict's parameters and buffers: equal for two runs that went the same way to the last bit. */
  weightsHash(): string {
    return weightsHash(this.stateDict());
  }

  /** Where the time of this trainer's training steps went; empty unless it was made to keep account. */
  profile(): ProfileRow[] {
    return this.programs.profile?.rows(this.ran) ?? [];
  }

  /** Ends the worker threads. */
  async close(): Promise<void> {
    await this.pool.close();
  }

  private async trainEpoch(
    dataset: ImageDataset,
    signal: AbortSignal | undefined,
    onStep: FitOptions['onStep'],
  ): Promise<EpochReport | undefined> {
    const { batchSize, seed } = this.config;
    const order = shuffled(dataset.count, seed, this.epochsDone);
    const before = this.running ?? { metrics: new RunningMetrics(0), seconds: 0 };
    const metrics = new RunningMetrics(dataset.count, before.metrics);
    const epoch = this.epochsDone + 1;
    const start = performance.now() - 1000 * before.seconds;
    const seconds = () => (performance.now() - start) / 1000;
    for (let first = metrics.count; first < dataset.count; first += batchSize) {
      if (signal?.aborted) return undefined;
      await this.runBatch('train', dataset, order.subarray(first, first + batchSize), metrics);
      this.steps++;
      this.running = { metrics, seconds: seconds(), train: dataset };
      const step = first / batchSize + 1;
      await onStep?.({
        ...{ epoch, step, steps: Math.ceil(dataset.count / batchSize), ...metrics.mean() },
        ...{ stepsPerSecond: step / seconds(), imagesPerSecond: metrics.count / seconds() },
      });
    }
    const { loss: trainLoss, accuracy: trainAccuracy } = metrics.mean();
    const elapsed = this.running?.seconds ?? seconds();
    return { epoch, trainLoss, trainAccuracy, seconds: elapsed, imagesPerSecond: dataset.count / elapsed };
  }

  private async runBatch(
    program: 'train' | 'evaluate',
    dataset: ImageDataset,
    indices: Int32Array,
    metrics: RunningMetrics,
  ): Promise<void> {
    if (program === 'train') this.checkIdle();
    this.pool.check();
    this.programs.batch.indices.set(indices);
    const start = performance.now();
    await this.pool.run(this.stepOf(program, indices.length), { program, dataset });
    if (program === 'train') {
      this.ran.steps++;
      this.ran.samples += indices.length;
      this.ran.milliseconds += performance.now() - start;
      this.model.weightsChanged();
      checkLoss(
        this.programs.batch,
        indices.length,
        this.model.activations,
        `step ${this.steps + 1}, epoch ${this.epochsDone + 1}`,
      );
    }
    metrics.add(this.model.output, this.programs.batch, indices.length);
  }

  /** An evaluation is at work also between its batches, while it waits for what onBatch returns.
   * @throws HeddleError STATE */
  private checkIdle(): void {
    this.pool.check();
    if (this.evaluating)
      throw new HeddleError('STATE', 'the trainer is at work already; await its evaluate before the next one');
  }

  /** Of the next step. */
  get learningRate(): number {
    return this.programs.learningRate * factorAt(this.config.schedule, this.steps);
  }

  private stepOf(program: ProgramName, samples: number): Pass {
    const training = program === 'train';
    return {
      samples,
      // Evaluation adds nothing over samples, so that each can be a shard, which stays in a core's cache.
      shards: training ? Math.min(this.config.shards, samples) : samples,
      ...{ training, number: this.steps, learningRate: this.learningRate },
    };
  }

  /** @throws HeddleError SHAPE when the model cannot take the data set */
  check(dataset: ImageDataset): void {
    checkDataset(dataset, this.config.inputShape, sizeOf(this.model.output.shape));
  }
}
