import { type Normalization, scaledBytes } from '../data/batches.js';
import type { ImageDataset } from '../data/imageDataset.js';
import type { KernelChoice } from '../kernels/load.js';
import type { ConvolutionChoice } from '../layers/layer.js';
import { Model } from '../model/model.js';
import { type NetworkConfig, Sequential } from '../model/sequential.js';
import type { StateDict } from '../model/stateDict.js';
import { joinShardPhases, labelled, type Phase, perShard } from '../phase.js';
import type { ArenaMemory } from '../tensor/arena.js';
import type { Shape } from '../tensor/shape.js';
import { CrossEntropyLoss } from './crossEntropyLoss.js';
import { Profile } from './profile.js';
import { SGD, type SGDOptions } from './sgd.js';

/** All that determines a run's arithmetic but the data, as plain values: each thread builds the same step from it. */
export interface StepConfig {
  readonly network: NetworkConfig;
  readonly inputShape: Shape;
  readonly batchSize: number;
  readonly shards: number;
  readonly seed: number;
  readonly kernels: KernelChoice;
  readonly convolution: ConvolutionChoice;
  readonly workers: number;
  readonly optimizer: Required<SGDOptions>;
  readonly normalization: Normalization;
  readonly profile: boolean;
  /** What worker threads import before they build the network. */
  readonly layerModules: readonly string[];
}

/** The model with its loss, optimizer and input, and the phases of a step of training and of evaluation. */
export class TrainingStep {
  readonly model: Model;
  /** What the optimizer remembers between steps, in PyTorch's shapes. */
  readonly optimizerState: StateDict;
  /** `prepare` has to run before the first `evaluate` after the weights changed. */
  readonly phases: Readonly<Record<'train' | 'prepare' | 'evaluate', readonly Phase[]>>;
  /** For each sample of the batch: its place in the data set, its label and its loss. */
  readonly indices: Int32Array;
  readonly targets: Int32Array;
  readonly losses: Float64Array;
  /** There if the configuration asks for it. */
  readonly profile: Profile | undefined;
  /** Where the next batch comes from. */
  dataset: ImageDataset | undefined;

  /** @param memory that of the same step on another thread, to share its numbers */
  constructor(config: StepConfig, memory?: ArenaMemory) {
    const { inputShape, batchSize, shards, seed, kernels, convolution, workers } = config;
    this.model = new Model(Sequential.fromConfig(config.network), {
      ...{ inputShape, batchSize, shards, seed, kernels, convolution, workers },
      ...(memory ? { memory } : {}),
    });
    const { arena, preparePhases, forwardPhases, evaluationPhases, backwardPhases, output, parameters } = this.model;
    this.indices = arena.int32(batchSize);
    this.targets = arena.int32(batchSize);
    this.losses = arena.float64(batchSize);
    const loss = new CrossEntropyLoss().plan(this.model.kernels, output, this.targets, this.losses);
    const update = new SGD(config.optimizer).plan(this.model.kernels, arena, parameters);
    this.optimizerState = update.state;
    const gather = this.gather(config.normalization);
    const train = [
      ...labelled([...preparePhases], { name: 'weights', pass: 'prepare' }),
      ...labelled([gather], { name: 'batch', pass: 'gather' }),
      ...forwardPhases,
      ...labelled([loss], { name: 'CrossEntropyLoss', pass: 'both' }),
      ...backwardPhases,
      ...labelled(update.phases, { name: 'SGD', pass: 'update' }),
    ];
    this.profile = config.profile ? new Profile(arena, train, workers) : undefined;
    this.phases = {
      train: joinShardPhases(this.profile?.timed() ?? train),
      prepare: preparePhases,
      evaluate: joinShardPhases([gather, ...evaluationPhases, loss]),
    };
  }

  /** Reads the batch's images, NCHW bytes, into the input, NHWC floats. */
  private gather(normalization: Normalization): Phase {
    const scaled = scaledBytes(normalization);
    const { input, inputShape } = this.model;
    const [channels, height, width] = inputShape;
    const pixels = height * width;
    return perShard(({ first, count }) => {
      const { images, labels } = this.dataset as ImageDataset;
      for (let n = first; n < first + count; n++) {
        const image = this.indices[n] * channels * pixels;
        this.targets[n] = labels[this.indices[n]];
        for (let c = 0; c < channels; c++)
          for (let p = 0; p < pixels; p++)
            input.data[(n * pixels + p) * channels + c] = scaled[images[image + c * pixels + p]];
      }
    });
  }
}
