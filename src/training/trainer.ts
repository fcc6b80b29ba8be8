import { checkDataset, type Dataset } from '../data/dataset.js';
import { fingerprint } from '../data/fingerprint.js';
import { epochOrder, inBatches } from '../data/sampler.js';
import { HeddleError } from '../errors.js';
import { type Checkpoint, checkCheckpoint } from '../formats/checkpoint.js';
import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import { withinMemory } from '../network/memory.js';
import type { Model } from '../network/model.js';
import type { StateDict } from '../network/stateDict.js';
import type { Machines } from '../parallel/machines.js';
import type { Platform } from '../parallel/platform.js';
import type { ProfileRow } from '../program/profile.js';
import { plainObject, required } from '../validate.js';
import { agree } from './agreement.js';
import { checkBytes } from './checkChanges.js';
import { checkLoss } from './divergence.js';
import { EarlyStopping, judgedBy } from './earlyStopping.js';
import { type EvaluateOptions, Evaluator, evaluateSettings } from './evaluation.js';
import { LearningRates } from './learningRates.js';
import {
  type EpochMetric,
  type EpochReport,
  type Evaluation,
  epochMetrics,
  metricsOf,
  RunningMetrics,
} from './metrics.js';
import { ProgramRunner, type StepPass } from './programRunner.js';
import { Programs } from './programs.js';
import { checkSettings, runSettings } from './resume.js';
import { loadTensors, type Progress, progressAt, takeCheckpoint } from './runCheckpoint.js';
import { type DataSets, RunData, setsIn } from './runData.js';
import { type FitOptions, fitSettings, type RunConfig, runConfig, type TrainerOptions } from './trainerOptions.js';
import { weightsHash } from './weightsHash.js';

/** What Node's Trainer and the browser's have in common: all but their platform. */
export abstract class Trainer {
  readonly model: Model;
  readonly config: RunConfig;
  private readonly machines: Machines | undefined;
  private readonly programs: Programs;
  private readonly runner: ProgramRunner;
  private readonly evaluator: Evaluator;
  private readonly rates: LearningRates;
  private readonly earlyStopping = new EarlyStopping();
  private readonly data = new RunData();
  private progress: Progress = { steps: 0, epochs: 0, running: undefined };
  /** What this trainer has run itself, without the steps of the checkpoint that it goes on from. */
  private readonly ran = { steps: 0, samples: 0, milliseconds: 0 };
  protected abstract platform(): Platform;

  constructor(network: Module, options: TrainerOptions, ...others: never[]);
  /** @param graph of a network, such as `model.graph`: it knows its input's shape */
  constructor(graph: Graph, options: Partial<TrainerOptions>, ...others: never[]);
  constructor(network: Module | Graph, options: TrainerOptions, ...others: never[]);
  constructor(network: Module | Graph, options: Partial<TrainerOptions>, ...others: never[]) {
    this.config = runConfig(network, options, this.platform(), others);
    this.machines = options.machines;
    const { config, machines } = this;
    this.programs = withinMemory(
      config,
      () => new Programs(config, undefined, machines?.ranks),
      (sizes, arena) => new Programs({ ...config, ...sizes, kernels: 'reference' }, arena, machines?.ranks),
    );
    this.model = this.programs.model;
    this.runner = new ProgramRunner(this.config, this.programs, machines, this.platform());
    this.evaluator = new Evaluator(this.config, this.programs, this.runner);
    this.rates = new LearningRates(this.programs.learningRates, this.config.schedule);
  }

  /** Training steps taken so far. */
  get steps(): number {
    return this.progress.steps;
  }

  /** Epochs trained, and evaluated, to their end. */
  get epochsDone(): number {
    return this.progress.epochs;
  }

  /** The best epoch so far, where fit was asked to stop early; before, the epochs done. */
  get bestEpoch(): number {
    return this.earlyStopping.best?.epoch ?? this.epochsDone;
  }

  /** Of the next step, of parameters in no group; 0 without an optimizer. Between two steps, from `onStep` as well, it may be
   * set: it takes the place of the optimizer's own, which a schedule multiplies, and the groups' rates keep their ratio to it. */
  get learningRate(): number {
    return this.rates.at(this.steps).learningRate;
  }

  set learningRate(rate: number) {
    this.checkOptimizer();
    this.rates.set(rate);
  }

  /** Trains for some epochs, each over the whole set, shuffled, or over what the sampler gives, and yields a report after
   * each. An epoch that was interrupted before goes on where it stopped.
   *
   * @throws HeddleError WORKER when a worker thread fails; the trainer can then only be closed
   * @throws HeddleError DIVERGED when the loss is NaN or infinite, of a step or of an evaluation; the weights are worth
   *   nothing then
   * @throws HeddleError CHECKPOINT when the trainer comes from a checkpoint of a run on other data
   * @throws HeddleError MACHINES when another machine is about to do something else, or ends an epoch with other weights
   * @throws HeddleError STATE without an optimizer */
  async *fit(train: Dataset, options: FitOptions): AsyncGenerator<EpochReport, void> {
    required('trainer.fit(train, { epochs: 10 })', { train });
    const { epochs, sampler, test, validation, earlyStopping, onStart, onStep, stopWhen, ...watch } =
      fitSettings(options);
    this.checkOptimizer();
    for (const dataset of [train, test, validation]) if (dataset !== undefined) this.check(dataset);
    checkBytes(train, this.config);
    const sets = { train, sampler, validation, test };
    const known = epochMetrics(setsIn(sets), this.programs.metrics);
    const metric = earlyStopping && judgedBy(earlyStopping.metric, known);
    this.rates.check(known);
    this.takeData(sets, metric);
    const work = () => ({ ...this.state(), ...this.data.fingerprints(), epochs, earlyStopping });
    await agree(this.machines, work, undefined, watch.signal);
    await onStart?.();
    for (let i = 0; i < epochs; i++) {
      if (earlyStopping && this.earlyStopping.isOver(this.epochsDone, earlyStopping.patience)) break;
      const samples = epochOrder(train.count, { ...this.config, sampler, epoch: this.epochsDone });
      const order = inBatches(samples, this.config);
      const trained = await this.trainEpoch(sets, order, watch.signal, onStep);
      const tested = trained && (await this.evaluator.endEpoch(this.steps, trained.epoch, sets, order, watch));
      if (!tested) return;
      await agree(this.machines, this.state, 'a layer or a loss of your own may look at samples of other machines');
      this.progress.epochs++;
      this.progress.running = undefined;
      const report = { ...trained, ...tested };
      this.rates.endEpoch(report);
      if (metric) this.earlyStopping.add(report, metric, () => this.stateDict());
      yield report;
      if (stopWhen?.(report)) break;
    }
    if (metric) this.earlyStopping.loadBest(this.programs);
  }

  /** What machines must have in common. */
  private state = () => ({ ...runSettings(this.config), steps: this.steps, 'hash of the weights': this.weightsHash() });

  private checkOptimizer(): void {
    if (this.config.optimizer === undefined)
      throw new HeddleError(
        'STATE',
        'the trainer has no optimizer, so that it only evaluates; make it with one, such as optimizer: new SGD({ learningRate: 0.1 })',
      );
  }

  /** @throws HeddleError CHECKPOINT when a checkpoint's data sets are others */
  private takeData(sets: DataSets, metric: EpochMetric | undefined): void {
    const isAsBefore = this.data.take(sets);
    const judging = setsIn(sets).find((set) => metric?.startsWith(set));
    const { best } = this.earlyStopping;
    // Another metric, or the same on other images, says nothing here, and epochs that no one compared may have been better.
    if (best && !(judging && best.metric === metric && isAsBefore(judging))) this.earlyStopping.best = undefined;
    const { running } = this.progress;
    const others = running?.train !== sets.train || JSON.stringify(running.sampler) !== JSON.stringify(sets.sampler);
    if (running?.train && others) this.progress.running = undefined;
  }

  private async trainEpoch(
    { train, sampler }: DataSets,
    order: Int32Array,
    signal: AbortSignal | undefined,
    onStep: FitOptions['onStep'],
  ): Promise<EpochReport | undefined> {
    const { batchSize, accumulationSteps } = this.config;
    const stepSize = batchSize * accumulationSteps;
    const { running } = this.progress;
    let metrics = running?.metrics ?? new RunningMetrics(this.programs);
    const epoch = this.epochsDone + 1;
    const steps = Math.ceil(order.length / stepSize);
    let start = performance.now() - 1000 * (running?.seconds ?? 0);
    for (let first = metrics.count; first < order.length; first += stepSize) {
      if (signal?.aborted) return undefined;
      const { learningRate } = this;
      const before = metrics;
      metrics = await this.trainStep(train, order.subarray(first, first + stepSize), before);
      const seconds = (performance.now() - start) / 1000;
      this.progress.running = { metrics, seconds, train, sampler };
      const step = first / stepSize + 1;
      const speed = { stepsPerSecond: step / seconds, imagesPerSecond: metrics.count / seconds };
      const ofStep = metrics.mean(before.sums);
      const waited = performance.now();
      await onStep?.({ epoch, step, steps, ...metrics.mean(), ofStep, learningRate, ...speed });
      // A run that is paused there, or saves a checkpoint, does not train.
      start += performance.now() - waited;
    }
    const seconds = this.progress.running?.seconds ?? 0;
    return { epoch, ...metricsOf('train', metrics.mean()), seconds, imagesPerSecond: order.length / seconds };
  }

  /** @returns the metrics with those of the step; what is given stays, for a step that fails in one of its batches */
  private async trainStep(dataset: Dataset, indices: Int32Array, before: RunningMetrics): Promise<RunningMetrics> {
    this.evaluator.checkIdle();
    const { batchSize } = this.config;
    const metrics = new RunningMetrics(this.programs, before);
    const count = Math.ceil(indices.length / batchSize);
    const step = { number: this.steps, epoch: this.epochsDone, ...this.rates.at(this.steps) };
    for (let index = 0; index < count; index++) {
      const samples = indices.subarray(index * batchSize, (index + 1) * batchSize);
      await this.trainBatch(dataset, samples, count === 1 ? step : { ...step, batch: { index, count } }, metrics);
    }
    this.ran.steps++;
    this.progress.steps++;
    return metrics;
  }

  private async trainBatch(
    dataset: Dataset,
    indices: Int32Array,
    step: StepPass,
    metrics: RunningMetrics,
  ): Promise<void> {
    const start = performance.now();
    await this.runner.run('train', dataset, indices, step);
    this.ran.samples += indices.length;
    this.ran.milliseconds += performance.now() - start;
    this.model.passedOver();
    const { batch } = this.programs;
    const own = this.runner.ownSamples(indices.length);
    const where = `step ${step.number + 1}, epoch ${this.epochsDone + 1}`;
    checkLoss(batch, indices.length, own, this.model.activations, where);
    metrics.add(this.programs.output('train'), batch, indices.length);
  }

  /** Loss, metrics, and predictions or outputs on a data set, in evaluation mode; undefined when the signal stopped it. Of the
   * average of the weights, if one is kept.
   *
   * @throws HeddleError ARGUMENT for probabilities of a network whose targets are floats */
  async evaluate(
    dataset: Dataset,
    options?: EvaluateOptions & { readonly signal?: undefined },
    ...others: never[]
  ): Promise<Evaluation>;
  async evaluate(dataset: Dataset, options: EvaluateOptions, ...others: never[]): Promise<Evaluation | undefined>;
  async evaluate(dataset: Dataset, options?: EvaluateOptions, ...others: never[]): Promise<Evaluation | undefined> {
    required('trainer.evaluate(dataset, { signal, onBatch })', { dataset });
    this.check(dataset);
    const settings = evaluateSettings(options, this.programs.targets, others);
    await agree(this.machines, () => ({ ...this.state(), data: fingerprint(dataset) }), undefined, settings.signal);
    return this.evaluator.evaluate(this.steps, dataset, settings);
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
    return takeCheckpoint(settings, this.programs, this.progress, this.rates, this.earlyStopping.best);
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
    this.rates.checkPosition(position);
    loadTensors(this.programs, checkpoint);
    this.rates.restore(position);
    this.earlyStopping.best = best;
    this.progress = progressAt(position, this.programs);
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
  check(dataset: Dataset): void {
    const [classes] = this.model.outputShape;
    checkDataset(dataset, this.config.inputShape, { ...this.programs.targets, classes });
  }
}
