import { shuffled } from '../data/batches.js';
import { checkDataset, type ImageDataset } from '../data/imageDataset.js';
import { HeddleError } from '../errors.js';
import { type Checkpoint, checkCheckpoint } from '../formats/checkpoint.js';
import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import { withinMemory } from '../network/memory.js';
import type { Model } from '../network/model.js';
import type { StateDict } from '../network/stateDict.js';
import { factorAt } from '../optimizers/schedules.js';
import type { ProfileRow } from '../program/profile.js';
import { sizeOf } from '../tensor/shape.js';
import { abortSignal, callback, plainObject, required } from '../validate.js';
import { checkLoss } from './divergence.js';
import { EarlyStopping } from './earlyStopping.js';
import { Evaluator, evaluateEpoch } from './evaluation.js';
import { type EpochReport, type Evaluation, type EvaluationProgress, RunningMetrics } from './metrics.js';
import { ProgramRunner } from './programRunner.js';
import { Programs } from './programs.js';
import { checkSettings, runSettings } from './resume.js';
import { loadTensors, type Progress, progressAt, takeCheckpoint } from './runCheckpoint.js';
import { type DataSets, RunData } from './runData.js';
import { type FitOptions, fitSettings, type RunConfig, runConfig, type TrainerOptions } from './trainerOptions.js';
import { weightsHash } from './weightsHash.js';

/** Trains or evaluates a network on all cores: batch shards over a pool of worker threads, in shared memory. */
export class Trainer {
  readonly model: Model;
  readonly config: RunConfig;
  private readonly programs: Programs;
  private readonly runner: ProgramRunner;
  private readonly evaluator: Evaluator;
  private readonly earlyStopping = new EarlyStopping();
  private readonly data = new RunData();
  private progress: Progress = { steps: 0, epochs: 0, running: undefined };
  /** What this trainer has run itself, without the steps of the checkpoint that it goes on from. */
  private readonly ran = { steps: 0, samples: 0, milliseconds: 0 };

  constructor(network: Module | Graph, options: TrainerOptions, ...others: never[]) {
    this.config = runConfig(network, options, others);
    const { config } = this;
    this.programs = withinMemory(
      config,
      () => new Programs(config),
      (sizes, arena) => new Programs({ ...config, ...sizes, kernels: 'reference' }, arena),
    );
    this.model = this.programs.model;
    this.runner = new ProgramRunner(this.config, this.programs);
    this.evaluator = new Evaluator(this.programs, this.runner);
  }

  /** Training steps taken so far. */
  get steps(): number {
    return this.progress.steps;
  }

  /** Epochs trained, and evaluated, to their end. */
  get epochsDone(): number {
    return this.progress.epochs;
  }

  /** The epoch of the best validation accuracy so far, where fit was asked to stop early; before, the epochs done. */
  get bestEpoch(): number {
    return this.earlyStopping.best?.epoch ?? this.epochsDone;
  }

  /** Of the next step; 0 without an optimizer. */
  get learningRate(): number {
    return this.programs.learningRate * factorAt(this.config.schedule, this.steps);
  }

  /** Trains for some epochs, each over the whole shuffled set, and yields a report after each. An epoch that was
   * interrupted before goes on where it stopped.
   *
   * @throws HeddleError WORKER when a worker thread fails; the trainer can then only be closed
   * @throws HeddleError DIVERGED when the loss is NaN or infinite, of a step or of an evaluation; the weights are worth
   *   nothing then
   * @throws HeddleError CHECKPOINT when the trainer comes from a checkpoint of a run on other data
   * @throws HeddleError STATE without an optimizer */
  async *fit(train: ImageDataset, options: FitOptions): AsyncGenerator<EpochReport, void> {
    required('trainer.fit(train, { epochs: 10 })', { train });
    const { epochs, test, validation, patience, signal, onStart, onStep, onEvaluate, stopWhen } = fitSettings(options);
    if (this.config.optimizer === undefined)
      throw new HeddleError(
        'STATE',
        'the trainer has no optimizer, so that it only evaluates; make it with one, such as optimizer: new SGD({ learningRate: 0.1 })',
      );
    for (const dataset of [train, test, validation]) if (dataset !== undefined) this.check(dataset);
    this.takeData({ train, test, validation }, patience !== undefined);
    await onStart?.();
    const evaluate = (dataset: ImageDataset, onBatch: (progress: EvaluationProgress) => unknown) =>
      this.evaluate(dataset, signal, onBatch);
    for (let i = 0; i < epochs; i++) {
      if (patience !== undefined && this.earlyStopping.isOver(this.epochsDone, patience)) break;
      const trained = await this.trainEpoch(train, signal, onStep);
      const tested = trained && (await evaluateEpoch(evaluate, trained.epoch, { test, validation }, onEvaluate));
      if (!tested) return;
      this.progress.epochs++;
      this.progress.running = undefined;
      const report = { ...trained, ...tested };
      if (patience !== undefined) this.earlyStopping.add(report, () => this.stateDict());
      yield report;
      if (stopWhen?.(report)) break;
    }
    if (patience !== undefined) this.earlyStopping.loadBest(this.programs);
  }

  /** @throws HeddleError CHECKPOINT when a checkpoint's data sets are others */
  private takeData(sets: DataSets, stopsEarly: boolean): void {
    const sameValidation = this.data.take(sets);
    // Accuracies on other images say nothing here, and epochs that no one compared may have been better.
    if (this.earlyStopping.best && !(stopsEarly && sameValidation())) this.earlyStopping.best = undefined;
    const { running } = this.progress;
    if (running?.train && running.train !== sets.train) this.progress.running = undefined;
  }

  private async trainEpoch(
    dataset: ImageDataset,
    signal: AbortSignal | undefined,
    onStep: FitOptions['onStep'],
  ): Promise<EpochReport | undefined> {
    const { batchSize, seed } = this.config;
    const order = shuffled(dataset.count, seed, this.epochsDone);
    const before = this.progress.running ?? { metrics: new RunningMetrics(0), seconds: 0 };
    const metrics = new RunningMetrics(dataset.count, before.metrics);
    const epoch = this.epochsDone + 1;
    const steps = Math.ceil(dataset.count / batchSize);
    const start = performance.now() - 1000 * before.seconds;
    for (let first = metrics.count; first < dataset.count; first += batchSize) {
      if (signal?.aborted) return undefined;
      await this.trainStep(dataset, order.subarray(first, first + batchSize), metrics);
      const seconds = (performance.now() - start) / 1000;
      this.progress.running = { metrics, seconds, train: dataset };
      const step = first / batchSize + 1;
      const speed = { stepsPerSecond: step / seconds, imagesPerSecond: metrics.count / seconds };
      await onStep?.({ epoch, step, steps, ...metrics.mean(), ...speed });
    }
    const { loss: trainLoss, accuracy: trainAccuracy } = metrics.mean();
    const seconds = this.progress.running?.seconds ?? 0;
    return { epoch, trainLoss, trainAccuracy, seconds, imagesPerSecond: dataset.count / seconds };
  }

  private async trainStep(dataset: ImageDataset, indices: Int32Array, metrics: RunningMetrics): Promise<void> {
    this.evaluator.checkIdle();
    const { steps, learningRate } = this;
    const start = performance.now();
    await this.runner.run('train', dataset, indices, { number: steps, learningRate });
    this.ran.steps++;
    this.ran.samples += indices.length;
    this.ran.milliseconds += performance.now() - start;
    this.model.passedOver();
    const { batch } = this.programs;
    checkLoss(batch, indices.length, this.model.activations, `step ${steps + 1}, epoch ${this.epochsDone + 1}`);
    metrics.add(this.programs.output('train'), batch, indices.length);
    this.progress.steps++;
  }

  /** Loss, accuracy and predictions on a data set, in evaluation mode; undefined when the signal stopped it. Of the average
   * of the weights, if one is kept.
   *
   * @param onBatch called after each batch; the next one waits for what it returns */
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
    return this.evaluator.evaluate(this.steps, dataset, signal, onBatch);
  }

  /** What evaluation goes by: the average of the weights, if one is kept, or the model's.
   * @throws HeddleError STATE while an evaluation has the two change places */
  stateDict(): StateDict {
    return this.evaluator.stateDict(this.steps);
  }

  /** A copy of all that the run needs to go on: see `restore`. Between two steps, that is, from `onStep` as well. */
  checkpoint(): Checkpoint {
    this.stateDict(); // which tells whether this is a good moment
    const settings = { ...runSettings(this.config), ...this.data.fingerprints() };
    return takeCheckpoint(settings, this.programs, this.progress, this.earlyStopping.best);
  }

  /** Takes the place of the run that made the checkpoint: what comes has the same bits as if that one had gone on. Workers
   * and kernels may be others, but for `relaxed`.
   *
   * @throws HeddleError CHECKPOINT naming each setting that differs
   * @throws HeddleError STATE_DICT when the tensors do not fit */
  restore(checkpoint: Checkpoint): void {
    const { settings, position, best } = checkCheckpoint('trainer.restore', checkpoint);
    plainObject('position.running', position.running);
    this.stateDict(); // which tells whether this is a good moment
    checkSettings(runSettings(this.config), settings);
    loadTensors(this.programs, checkpoint);
    this.earlyStopping.best = best;
    this.progress = progressAt(position);
    this.data.restore(settings);
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
    await this.runner.pool.close();
  }

  /** @throws HeddleError SHAPE when the model cannot take the data set */
  check(dataset: ImageDataset): void {
    checkDataset(dataset, this.config.inputShape, sizeOf(this.model.outputShape));
  }
}
