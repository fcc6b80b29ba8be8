import { testTimeView, type View } from '../data/testTimeView.js';
import { type Activation, type Parameter, samplesOf } from '../layers/layer.js';
import { type Loss, type MetricName, type TargetKind, targetsOf } from '../losses/loss.js';
import { metricsOf } from '../losses/metrics.js';
import { createLoss } from '../losses/registry.js';
import { Model } from '../network/model.js';
import type { ModelPlan } from '../network/plannedNetwork.js';
import type { StateDict } from '../network/stateDict.js';
import { type Average, planAverage } from '../optimizers/average.js';
import { learningRates } from '../optimizers/groups.js';
import { type Lookahead, planLookahead } from '../optimizers/lookahead.js';
import { clippedReduction, meanOverBatches, type Reduction, sumReduction } from '../optimizers/reduction.js';
import { createOptimizer } from '../optimizers/registry.js';
import { planUpdates, type Updates } from '../optimizers/updates.js';
import { exchange, withoutUnawaited } from '../program/exchange.js';
import { joinPhases, labelled, type Phase, perShard } from '../program/phase.js';
import { Profile } from '../program/profile.js';
import { Arena } from '../tensor/arena.js';
import { sizeOf } from '../tensor/shape.js';
import { checkChanges } from './checkChanges.js';
import { gatherSamples } from './gather.js';
import { mixingOf } from './mixup.js';
import { type PassBatch, takeBatch } from './passBatch.js';
import type { RunConfig } from './trainerOptions.js';
import { withUpdates } from './updates.js';

export type ProgramName = 'train' | 'estimate' | 'prepare' | 'evaluate';

/** A run's model and what threads run over it: a step of training, its forward pass alone, and evaluation. */
export class Programs {
  readonly model: Model;
  readonly batch: PassBatch;
  /** What the loss wants of each sample. */
  readonly targets: TargetKind;
  /** What goes with the loss. */
  readonly metrics: readonly MetricName[];
  /** The optimizer's own, and of each of its groups; 0 without one. */
  readonly learningRates: readonly number[];
  /** What the optimizer remembers between steps, in PyTorch's shapes, with Lookahead's slow weights. */
  readonly optimizerState: StateDict;
  /** There if the configuration asks for it. */
  readonly average: Average | undefined;
  /** `train` and `estimate`, which has BatchNorm take statistics anew, are empty without an optimizer; `prepare` has to run before
   * the first `evaluate` after the weights changed. */
  readonly phases: Readonly<Record<ProgramName, readonly Phase[]>>;
  /** There if the configuration asks for it. */
  readonly profile: Profile | undefined;

  /** @param arena over the memory of the same programs on another thread, to share its numbers, or one that only counts
   * @param ranks machines that share each batch */
  constructor(config: RunConfig, arena = new Arena(), ranks = 1) {
    const { inputShape, batchSize, shards, seed, kernels, convolution, frozen, workers } = config;
    const options = { inputShape, batchSize, shards, seed, kernels, convolution, frozen, workers, arena, ranks };
    this.model = new Model(config.network, options);
    const loss = createLoss(config.loss);
    this.targets = targetsOf(loss, this.model.outputShape);
    this.metrics = metricsOf(loss, this.model.outputShape);
    checkChanges(config, loss, this.targets, this.model.outputShape);
    this.batch = takeBatch(this.targets, batchSize, arena);
    const optimizer = config.optimizer && createOptimizer(config.optimizer);
    // Without an optimizer nothing is planned for training, which takes much more memory.
    const training = optimizer && this.model.plan('training');
    const update =
      training && planUpdates(optimizer, this.model, training.parameters, this.reduction(config, training.parameters));
    this.model.reserveScratch(update?.scratch ?? 0);
    this.learningRates = optimizer ? learningRates(optimizer) : [0];
    const lookahead = training && config.lookahead && planLookahead(this.model, training.parameters, config.lookahead);
    this.optimizerState = new Map([...(update?.state ?? []), ...(lookahead?.state ?? [])]);
    this.average = training && config.averageDecay > 0 ? planAverage(this.model, config.averageDecay) : undefined;
    const train = update ? this.training(config, loss, training, update, lookahead, ranks) : [];
    this.profile = config.profile ? new Profile(arena, train, workers) : undefined;
    this.phases = {
      train: joinPhases(this.profile?.timed() ?? train),
      estimate: joinPhases(training ? this.estimate(config, training) : []),
      prepare: this.model.plan('evaluation').prepare,
      evaluate: joinPhases(this.evaluation(config, loss, ranks)),
    };
  }

  /** What a program leaves in the place of the network's output. */
  output(program: 'train' | 'evaluate'): Activation {
    return this.model.plan(program === 'train' ? 'training' : 'evaluation').output;
  }

  private training(
    config: RunConfig,
    loss: Loss,
    plan: ModelPlan,
    update: Updates,
    lookahead: Lookahead | undefined,
    ranks: number,
  ): Phase[] {
    const { targets, results } = this.exchanges(plan, ranks);
    const begin = labelled(lookahead?.begin ?? [], { name: 'weights', pass: 'lookahead' });
    return [
      ...begin.map((phase) => ({ ...phase, background: true })),
      ...labelled(plan.prepare, { name: 'weights', pass: 'prepare' }),
      ...labelled([gatherSamples(this.batch, plan.input, config)], { name: 'batch', pass: 'gather' }),
      ...targets.begin,
      ...plan.forward,
      ...targets.arrival,
      ...labelled(this.lossPhases(loss, plan), { name: loss.type, pass: 'both' }),
      ...labelled(this.mixupPhases(config, loss, plan), { name: loss.type, pass: 'mixup' }),
      ...results.begin,
      ...withUpdates(plan.backward, update, { name: config.optimizer?.type ?? '', pass: 'update' }),
      ...labelled(lookahead?.end ?? [], { name: 'weights', pass: 'lookahead' }),
      ...labelled(this.average?.phases ?? [], { name: 'weights', pass: 'average' }),
      ...results.arrival,
    ];
  }

  private estimate(config: RunConfig, { prepare, input, forward }: ModelPlan): Phase[] {
    return [...prepare, gatherSamples(this.batch, input, config), ...withoutUnawaited(forward)];
  }

  private evaluation(config: RunConfig, loss: Loss, ranks: number): Phase[] {
    const evaluation = this.model.plan('evaluation');
    const { targets, results } = this.exchanges(evaluation, ranks);
    const [gathering, ...viewing] = this.viewed(testTimeView(config), config, evaluation);
    return [
      gathering,
      ...targets.begin,
      ...viewing,
      ...targets.arrival,
      ...this.lossPhases(loss, evaluation),
      ...results.begin,
      ...results.arrival,
    ];
  }

  /** What all machines know of each sample: its targets, as a loss may want those of the whole batch, and what comes out, of which
   * metrics are made. */
  private exchanges({ output: { data, shape } }: ModelPlan, ranks: number) {
    const { targets, losses, weights } = this.batch;
    const samples = (array: Float32Array | Float64Array | Int32Array, size: number) =>
      ({ of: 'samples', array, size }) as const;
    return {
      targets: exchange(ranks, 'targets', [samples(targets, targets.length / losses.length)]),
      results: exchange(ranks, 'results', [samples(losses, 1), samples(weights, 1), samples(data, sizeOf(shape))]),
    };
  }

  private lossPhases(loss: Loss, { output }: ModelPlan): Phase[] {
    return [loss.plan(output, this.batch, this.model)].flat();
  }

  private mixupPhases(config: RunConfig, loss: Loss, { output }: ModelPlan): Phase[] {
    if (config.augmentation.mixup === 0 || this.targets.of === 'floats') return [];
    return [loss.planMixup?.(output, this.batch, mixingOf(this.batch, config)) ?? []].flat();
  }

  private reduction({ accumulationSteps, maxGradientNorm }: RunConfig, parameters: readonly Parameter[]): Reduction {
    const { model } = this;
    const whole = accumulationSteps === 1 ? sumReduction(model.kernels) : meanOverBatches(model, parameters);
    return maxGradientNorm === undefined ? whole : clippedReduction(model, parameters, whole, maxGradientNorm);
  }

  /** Phases that leave in the output the logits of a view, or the mean of those of its two. */
  private viewed(view: View, config: RunConfig, plan: ModelPlan): readonly Phase[] {
    if ('top' in view) return [gatherSamples(this.batch, plan.input, config, view), ...plan.forward];
    const { data, shape } = plan.output;
    const size = sizeOf(shape);
    const first = this.model.arena.float32(this.model.batchSize * size);
    return [
      ...this.viewed(view[0], config, plan),
      perShard((shard) => first.set(samplesOf(data, size, shard.first, shard.count), shard.first * size)),
      ...this.viewed(view[1], config, plan),
      perShard((shard) => {
        for (let i = shard.first * size; i < (shard.first + shard.count) * size; i++)
          data[i] = Math.fround(data[i] + first[i]) * 0.5;
      }),
    ];
  }
}
