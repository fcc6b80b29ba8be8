import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { wholeNumber } from '../arguments.js';
import { checkNormalization, type Normalization, shuffled } from '../data/batches.js';
import { fingerprint } from '../data/fingerprint.js';
import { checkDataset, type ImageDataset } from '../data/imageDataset.js';
import { HeddleError } from '../errors.js';
import type { Checkpoint } from '../formats/checkpoint.js';
import type { KernelChoice } from '../kernels/load.js';
import type { ConvolutionChoice } from '../layers/layer.js';
import type { Model } from '../model/model.js';
import type { Sequential } from '../model/sequential.js';
import { checkStateDict, loadStateDict } from '../model/stateDict.js';
import { WorkerPool } from '../parallel/pool.js';
import { resolveKernels } from '../parallel/resolveKernels.js';
import type { Step } from '../phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { checkLoss } from './divergence.js';
import { type EpochReport, type Evaluation, RunningMetrics, type StepReport } from './metrics.js';
import type { ProfileRow } from './profile.js';
import { checkSettings, copies, type DataFingerprints, runSettings } from './resume.js';
import type { SGD } from './sgd.js';
import { type StepConfig, TrainingStep } from './step.js';
import { weightsHash } from './weightsHash.js';

export interface TrainerOptions {
  readonly inputShape: Shape;
  readonly optimizer: SGD;
  /** Default 100. */
  readonly batchSize?: number;
  /** Worker threads, default os.availableParallelism(). The results do not depend on it. */
  readonly workers?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Default 'auto'. */
  readonly kernels?: KernelChoice;
  /** Default 'auto': Winograd's algorithm where it serves (see Conv2d). */
  readonly convolution?: ConvolutionChoice;
  /** Shards that a batch is cut into, default 20. */
  readonly shards?: number;
  /** How pixels are scaled, default mean 0 and deviation 1: to 0 … 1. */
  readonly normalization?: Normalization;
  /** Whether to keep account of where the time goes, for `profile()`. Default false. */
  readonly profile?: boolean;
  /** Modules that worker threads import first, as they `registerLayer` layers of your own: files or file URLs. */
  readonly layerModules?: readonly string[];
}

export interface FitOptions {
  readonly epochs: number;
  readonly test?: ImageDataset;
  /** Stops after the running step; the epoch that it interrupts gets no report, and goes on with the next `fit`. */
  readonly signal?: AbortSignal;
  /** Called before the first step. */
  readonly onStart?: () => void;
  /** Called between two steps; the next one waits for what it returns. */
  readonly onStep?: (report: StepReport) => unknown;
  /** Called after each epoch, once its report has been yielded: true ends the training, early. */
  readonly stopWhen?: (report: EpochReport) => boolean;
}

interface RunningEpoch {
  readonly metrics: RunningMetrics;
  readonly seconds: number;
  /** Not known of a checkpoint's. */
  readonly train?: ImageDataset;
}

/** Of a URL itself, or of a path. */
const moduleUrl = (module: string) => (/^[a-z]{2,}:/i.test(module) ? module : pathToFileURL(resolve(module)).href);

/** Trains a network with cross-entropy on all cores: batch shards over a pool of worker threads, in shared memory. */
export class Trainer {
  readonly model: Model;
  readonly config: StepConfig;
  /** Training steps taken so far. */
  steps = 0;
  /** Epochs trained, and evaluated, to their end. */
  epochsDone = 0;
  private readonly step: TrainingStep;
  private readonly pool: WorkerPool;
  private milliseconds = 0;
  private samples = 0;
  /** The epoch at work, or the one that was interrupted. */
  private running: RunningEpoch | undefined;
  /** Of the last fit's data sets; taken when they are wanted, since that wants some time. */
  private fingerprints: () => DataFingerprints = () => ({});
  /** What a checkpoint says of the data that the next fit must be given. */
  private expected: DataFingerprints = {};

  constructor(network: Sequential, options: TrainerOptions) {
    const { optimizer } = options;
    this.config = {
      network: network.toConfig(),
      inputShape: options.inputShape,
      batchSize: options.batchSize ?? 100,
      shards: options.shards ?? 20,
      seed: options.seed ?? 0,
      kernels: resolveKernels(options.kernels ?? 'auto'),
      convolution: options.convolution ?? 'auto',
      workers: wholeNumber('workers', options.workers ?? availableParallelism(), 1),
      optimizer: { ...optimizer },
      normalization: options.normalization ?? { mean: 0, std: 1 },
      profile: options.profile ?? false,
      layerModules: (options.layerModules ?? []).map(moduleUrl),
    };
    checkNormalization(this.config.normalization);
    this.step = new TrainingStep(this.config);
    this.model = this.step.model;
    this.pool = new WorkerPool(this.config, this.step);
  }

  /**
   * Trains for some epochs, each over the whole shuffled set, and yields a report after each. An epoch that was
   * interrupted before goes on where it stopped.
   *
   * @throws HeddleError WORKER when a worker thread fails; the trainer can then only be closed
   * @throws HeddleError DIVERGED when the loss is NaN or infinite; the weights are worth nothing then
   * @throws HeddleError CHECKPOINT when the trainer comes from a checkpoint of a run on other data
   */
  async *fit(train: ImageDataset, options: FitOptions): AsyncGenerator<EpochReport, void> {
    const { epochs, test, signal, onStart, onStep, stopWhen } = options;
    wholeNumber('epochs', epochs, 0);
    this.check(train);
    if (test) this.check(test);
    this.takeData(train, test);
    onStart?.();
    for (let i = 0; i < epochs; i++) {
      const trained = await this.trainEpoch(train, signal, onStep);
      const tested = trained && test && (await this.evaluate(test, signal));
      if (!trained || (test && !tested)) return;
      this.epochsDone++;
      this.running = undefined;
      const report = { ...trained, ...(tested ? { testLoss: tested.loss, testAccuracy: tested.accuracy } : {}) };
      yield report;
      if (stopWhen?.(report)) return;
    }
  }

  /** A copy of all that the run needs to go on: see `restore`. Between two steps, that is, from `onStep` as well. */
  checkpoint(): Checkpoint {
    const { metrics, seconds } = this.running ?? { metrics: new RunningMetrics(0), seconds: 0 };
    const { count, loss, correct } = metrics;
    return {
      settings: { ...runSettings(this.config), ...this.fingerprints() },
      position: { steps: this.steps, epochs: this.epochsDone, running: { count, loss, correct, seconds } },
      model: copies(this.model.stateDict()),
      optimizer: copies(this.step.optimizerState),
    };
  }

  /**
   * Takes the place of the run that made the checkpoint: what comes has the same bits as if that one had gone on. Workers
   * and kernels may be others, but for `relaxed`.
   *
   * @throws HeddleError CHECKPOINT naming each setting that differs
   * @throws HeddleError STATE_DICT when the tensors do not fit
   */
  restore({ settings, position, model, optimizer }: Checkpoint): void {
    checkSettings(runSettings(this.config), settings);
    checkStateDict(this.model.stateDict(), model);
    loadStateDict(this.step.optimizerState, optimizer);
    this.model.loadStateDict(model);
    const { seconds, ...sums } = position.running;
    ({ steps: this.steps, epochs: this.epochsDone } = position);
    this.running = sums.count > 0 ? { metrics: new RunningMetrics(sums.count, sums), seconds } : undefined;
    const { trainData, testData } = settings as DataFingerprints;
    this.expected = { ...(trainData ? { trainData } : {}), ...(testData ? { testData } : {}) };
    this.fingerprints = () => this.expected;
  }

  /** @throws HeddleError CHECKPOINT when a checkpoint's data sets are others */
  private takeData(train: ImageDataset, test: ImageDataset | undefined): void {
    const { expected } = this;
    let known: DataFingerprints | undefined;
    this.fingerprints = () => {
      known ??= { trainData: fingerprint(train), ...(test ? { testData: fingerprint(test) } : {}) };
      return known;
    };
    for (const [name, what] of Object.entries({ trainData: 'training', testData: 'test' }) as [
      keyof DataFingerprints,
      string,
    ][])
      if (expected[name] !== undefined && expected[name] !== (this.fingerprints()[name] ?? expected[name]))
        throw new HeddleError('CHECKPOINT', `the checkpoint is of a run with another ${what} set than this one`);
    if (this.running?.train && this.running.train !== train) this.running = undefined;
    this.expected = {};
  }

  /** Loss, accuracy and predictions on a data set, in evaluation mode; undefined when the signal stopped it. */
  async evaluate(dataset: ImageDataset, signal?: AbortSignal): Promise<Evaluation | undefined> {
    this.check(dataset);
    const { batchSize } = this.config;
    const order = Int32Array.from({ length: dataset.count }, (_, i) => i);
    const metrics = new RunningMetrics(dataset.count);
    await this.pool.run('prepare', this.stepOf('prepare', 1), dataset);
    for (let first = 0; first < dataset.count; first += batchSize) {
      if (signal?.aborted) return undefined;
      await this.runBatch('evaluate', dataset, order.subarray(first, first + batchSize), metrics);
    }
    return { ...metrics.mean(), predictions: metrics.predictions };
  }

  /** SHA-256 of the model's parameters and buffers: equal for two runs that went the same way to the last bit. */
  weightsHash(): string {
    return weightsHash(this.model.stateDict());
  }

  /** Where the time of this trainer's training steps went; empty unless it was made to keep account. */
  profile(): ProfileRow[] {
    return this.step.profile?.rows(this.steps, this.samples, this.milliseconds) ?? [];
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
    this.pool.check();
    this.step.indices.set(indices);
    const start = performance.now();
    await this.pool.run(program, this.stepOf(program, indices.length), dataset);
    if (program === 'train') {
      this.milliseconds += performance.now() - start;
      this.samples += indices.length;
      this.model.weightsChanged();
      checkLoss(this.step, indices, `step ${this.steps + 1}, epoch ${this.epochsDone + 1}`);
    }
    metrics.add(this.step, indices.length);
  }

  private stepOf(program: keyof TrainingStep['phases'], samples: number): Step {
    const training = program === 'train';
    return {
      samples,
      // Evaluation adds nothing over samples, so that each can be a shard, which stays in a core's cache.
      shards: training ? Math.min(this.config.shards, samples) : samples,
      ...{ training, number: this.steps, learningRate: this.config.optimizer.learningRate },
    };
  }

  /** @throws HeddleError SHAPE when the model cannot take the data set */
  check(dataset: ImageDataset): void {
    checkDataset(dataset, this.config.inputShape, sizeOf(this.model.output.shape));
  }
}
