import { availableParallelism } from 'node:os';
import { wholeNumber } from '../arguments.js';
import type { ImageDataset } from '../data/imageDataset.js';
import { HeddleError } from '../errors.js';
import type { KernelChoice } from '../kernels/load.js';
import type { ConvolutionChoice } from '../layers/layer.js';
import type { Model } from '../model/model.js';
import type { Sequential } from '../model/sequential.js';
import { WorkerPool } from '../parallel/pool.js';
import { resolveKernels } from '../parallel/resolveKernels.js';
import type { Step } from '../phase.js';
import { hashKey, permutation } from '../tensor/random.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { type Metrics, RunningMetrics } from './metrics.js';
import type { ProfileRow } from './profile.js';
import type { SGD } from './sgd.js';
import { type Normalization, type StepConfig, TrainingStep } from './step.js';
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
}

/** One training step's result; loss and accuracy run from the start of the epoch. */
export interface StepReport extends Metrics {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly stepsPerSecond: number;
  readonly imagesPerSecond: number;
}

export interface EpochReport {
  readonly epoch: number;
  /** Mean over the epoch's steps, in training mode, while the weights changed. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** After the epoch, in evaluation mode; absent without a test set or when the signal stopped the evaluation. */
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

export interface FitOptions {
  readonly epochs: number;
  readonly test?: ImageDataset;
  /** Stops after the running step; the epoch that it interrupts gets no report. */
  readonly signal?: AbortSignal;
  readonly onStep?: (report: StepReport) => void;
}

/** Trains a network with cross-entropy on all cores: batch shards over a pool of worker threads, in shared memory. */
export class Trainer {
  readonly model: Model;
  readonly config: StepConfig;
  private readonly step: TrainingStep;
  private readonly pool: WorkerPool;
  private steps = 0;
  private milliseconds = 0;
  private samples = 0;
  private epochs = 0;

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
    };
    const { mean, std } = this.config.normalization;
    if (!Number.isFinite(mean) || !(std > 0 && Number.isFinite(std)))
      throw new HeddleError('ARGUMENT', `normalization wants a mean and an std above 0, not ${mean} and ${std}`);
    this.step = new TrainingStep(this.config);
    this.model = this.step.model;
    this.pool = new WorkerPool(this.config, this.step);
  }

  /** Trains for some epochs, each over the whole shuffled set, and yields a report after each.
   * @throws HeddleError WORKER when a worker thread fails; the trainer can then only be closed */
  async *fit(train: ImageDataset, { epochs, test, signal, onStep }: FitOptions): AsyncGenerator<EpochReport> {
    this.check(train);
    if (test) this.check(test);
    for (let i = 0; i < epochs; i++) {
      const report = await this.trainEpoch(train, signal, onStep);
      if (!report) return;
      const evaluation = test && (await this.evaluate(test, signal));
      yield {
        ...report,
        ...(evaluation ? { testLoss: evaluation.loss, testAccuracy: evaluation.accuracy } : {}),
      };
    }
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
    const order = permutation(dataset.count, hashKey(seed, 'shuffle', this.epochs));
    const metrics = new RunningMetrics(dataset.count);
    const epoch = ++this.epochs;
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    for (let first = 0; first < dataset.count; first += batchSize) {
      if (signal?.aborted) return undefined;
      await this.runBatch('train', dataset, order.subarray(first, first + batchSize), metrics);
      this.steps++;
      const step = first / batchSize + 1;
      onStep?.({
        ...{ epoch, step, steps: Math.ceil(dataset.count / batchSize), ...metrics.mean() },
        ...{ stepsPerSecond: step / seconds(), imagesPerSecond: metrics.count / seconds() },
      });
    }
    const { loss, accuracy } = metrics.mean();
    const elapsed = seconds();
    return {
      ...{ epoch, trainLoss: loss, trainAccuracy: accuracy },
      ...{ seconds: elapsed, imagesPerSecond: dataset.count / elapsed },
    };
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
    const { count, images, labels } = dataset;
    const shape = [dataset.channels, dataset.height, dataset.width];
    const { inputShape } = this.config;
    if (shape.join() !== inputShape.join())
      throw new HeddleError(
        'SHAPE',
        `the data set's images have shape ${formatShape(shape)}, the model wants ${formatShape(inputShape)}`,
      );
    if (labels.length !== count || images.length !== count * sizeOf(shape))
      throw new HeddleError(
        'SHAPE',
        `the data set has ${labels.length} labels and ${images.length} pixels; its count of ${count} images wants ${count} and ${count * sizeOf(shape)}`,
      );
    const classes = sizeOf(this.model.output.shape);
    const wrong = labels.findIndex((label) => label >= classes);
    if (wrong >= 0)
      throw new HeddleError(
        'SHAPE',
        `label ${wrong} of the data set is ${labels[wrong]}; the model has classes 0 to ${classes - 1}`,
      );
  }
}
