import type { Augmentation } from '../data/augmentation.js';
import type { Normalization } from '../data/batches.js';
import type { KernelChoice } from '../kernels/load.js';
import { type ConvolutionChoice, samplesOf } from '../layers/layer.js';
import { CrossEntropyLoss } from '../losses/crossEntropyLoss.js';
import { Model } from '../network/model.js';
import { type NetworkConfig, Sequential } from '../network/sequential.js';
import type { StateDict } from '../network/stateDict.js';
import { type Average, planAverage } from '../optimizers/average.js';
import { createOptimizer, type OptimizerConfig } from '../optimizers/registry.js';
import type { Schedule } from '../optimizers/schedules.js';
import { joinShardPhases, labelled, type Phase, perShard } from '../program/phase.js';
import { Profile } from '../program/profile.js';
import type { ArenaMemory } from '../tensor/arena.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { createBatch, type PassBatch } from './batch.js';
import { gatherImages } from './gather.js';

/** All that determines a run's arithmetic but the data, as plain values: each thread builds the same step from it. */
export interface RunConfig {
  readonly network: NetworkConfig;
  readonly inputShape: Shape;
  readonly batchSize: number;
  readonly shards: number;
  readonly seed: number;
  readonly kernels: KernelChoice;
  readonly convolution: ConvolutionChoice;
  readonly workers: number;
  readonly optimizer: OptimizerConfig;
  readonly schedule: Schedule;
  readonly labelSmoothing: number;
  /** Undefined: gradients are not clipped. */
  readonly maxGradientNorm: number | undefined;
  /** 0: no average of the weights is kept. */
  readonly averageDecay: number;
  readonly augmentation: Augmentation;
  readonly testTimeFlip: boolean;
  readonly normalization: Normalization;
  readonly profile: boolean;
  /** What worker threads import before they build the network. */
  readonly layerModules: readonly string[];
}

/** The model with its loss, optimizer and input, and the phases of a step of training and of evaluation. */
export class Programs {
  readonly model: Model;
  /** The optimizer's. */
  readonly learningRate: number;
  /** What the optimizer remembers between steps, in PyTorch's shapes. */
  readonly optimizerState: StateDict;
  /** There if the configuration asks for it. */
  readonly average: Average | undefined;
  /** `prepare` has to run before the first `evaluate` after the weights changed. */
  readonly phases: Readonly<Record<'train' | 'prepare' | 'evaluate', readonly Phase[]>>;
  readonly batch: PassBatch;
  /** There if the configuration asks for it. */
  readonly profile: Profile | undefined;

  /** @param memory that of the same step on another thread, to share its numbers */
  constructor(config: RunConfig, memory?: ArenaMemory) {
    const { inputShape, batchSize, shards, seed, kernels, convolution, workers } = config;
    this.model = new Model(Sequential.fromConfig(config.network), {
      ...{ inputShape, batchSize, shards, seed, kernels, convolution, workers },
      ...(memory ? { memory } : {}),
    });
    const { arena, preparePhases, forwardPhases, evaluationPhases, backwardPhases, output, parameters } = this.model;
    this.batch = createBatch(arena, batchSize);
    const loss = new CrossEntropyLoss({ labelSmoothing: config.labelSmoothing }).plan(
      output,
      this.batch,
      this.model.kernels,
    );
    const optimizer = createOptimizer(config.optimizer);
    this.learningRate = optimizer.learningRate;
    const update = optimizer.plan(this.model.kernels, arena, parameters, { maxNorm: config.maxGradientNorm });
    this.optimizerState = update.state;
    this.average = config.averageDecay > 0 ? planAverage(this.model, config.averageDecay) : undefined;
    const gather = gatherImages(this.batch, this.model.input, config);
    const train = [
      ...labelled([...preparePhases], { name: 'weights', pass: 'prepare' }),
      ...labelled([gather], { name: 'batch', pass: 'gather' }),
      ...forwardPhases,
      ...labelled([loss], { name: 'CrossEntropyLoss', pass: 'both' }),
      ...backwardPhases,
      ...labelled(update.phases, { name: optimizer.type, pass: 'update' }),
      ...labelled(this.average?.phases ?? [], { name: 'weights', pass: 'average' }),
    ];
    this.profile = config.profile ? new Profile(arena, train, workers) : undefined;
    this.phases = {
      train: joinShardPhases(this.profile?.timed() ?? train),
      prepare: preparePhases,
      evaluate: joinShardPhases([
        ...[gather, ...evaluationPhases],
        ...(config.testTimeFlip
          ? this.meanWithFlipped(gatherImages(this.batch, this.model.input, config, { flipped: true }))
          : []),
        loss,
      ]),
    };
  }

  /** Phases behind an evaluation that make its output the mean of the images' logits and their mirror images'. */
  private meanWithFlipped(gather: Phase): Phase[] {
    const { arena, batchSize, evaluationPhases, output } = this.model;
    const size = sizeOf(output.shape);
    const plain = arena.float32(batchSize * size);
    return [
      perShard(({ first, count }) =>
        samplesOf(plain, size, first, count).set(samplesOf(output.data, size, first, count)),
      ),
      ...[gather, ...evaluationPhases],
      perShard(({ first, count }) => {
        for (let i = first * size; i < (first + count) * size; i++)
          output.data[i] = Math.fround(output.data[i] + plain[i]) * 0.5;
      }),
    ];
  }
}
