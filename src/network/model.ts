import type { NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import type { Activation, Buffer, Parameter } from '../layers/layer.js';
import { joinPhases, type Pass, runAlone } from '../program/phase.js';
import type { Named } from '../tensor/named.js';
import { readBatch, type Strided, type TensorLike } from '../tensor/tensorLike.js';
import type { TensorSource } from '../tensor/view.js';
import { channelsFirst, toChannelsLast } from './channelOrder.js';
import type { Mode } from './fusion/rule.js';
import { checkOptions, type ModelOptions } from './modelOptions.js';
import { PlannedNetwork } from './plannedNetwork.js';
import { type Meaning, meaningOf, outputsOf, type Prediction } from './predict.js';
import {
  type IncompatibleKeys,
  type LoadStateDictOptions,
  loadStateDict,
  parameterView,
  type StateDict,
  stateDict,
} from './stateDict.js';
import { summary } from './summary.js';

/** What console.log calls in Node, Deno and Bun. */
const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/** A network built for an input shape and a batch size: its parameters, activations and gradients in one shared memory,
 * and the phases of a forward and a backward pass over them.
 *
 * @throws HeddleError SHAPE naming the layer, the shape that it got and the one that it wants */
export class Model extends PlannedNetwork {
  readonly batchSize: number;
  readonly shards: number;
  readonly seed: number;
  private readonly inputGradient: boolean;
  private steps = 0;
  private lastStep: Pass | undefined;
  private mode: Mode = 'training';
  private prepared = false;

  constructor(network: Module, given: ModelOptions, ...others: never[]);
  /** @param graph of a network, such as `model.graph` and `readGraph` give it: it knows its input's shape */
  constructor(graph: Graph, given: Partial<ModelOptions> & Pick<ModelOptions, 'batchSize'>, ...others: never[]);
  constructor(network: Module | Graph, given: ModelOptions, ...others: never[]);
  constructor(network: Module | Graph, given: Partial<ModelOptions>, ...others: never[]) {
    const settings = checkOptions(network, given, others);
    super(settings);
    this.batchSize = settings.batchSize;
    this.shards = settings.shards;
    this.seed = settings.seed;
    this.inputGradient = settings.inputGradient;
  }

  /** In the order of PyTorch's parameters(), with their gradients. */
  get parameters(): readonly Parameter[] {
    return this.plan('training').parameters;
  }

  get buffers(): readonly Buffer[] {
    return this.state.buffers;
  }

  /** Where passes in the present mode have their input, and their output. */
  get input(): Activation {
    return this.plan(this.mode).input;
  }

  get output(): Activation {
    return this.plan(this.mode).output;
  }

  /** What each layer made of the last batch in training mode; a layer that works in place has its predecessor's, and of
   * layers that are computed as one each has the last one's. Frozen ones that nothing trained stands before have none. */
  get activations(): ReadonlyMap<string, Activation> {
    return this.plan('training').activations;
  }

  /** Whether BatchNorm and Dropout behave as in training; true at first. */
  get training(): boolean {
    return this.mode === 'training';
  }

  train(): this {
    this.mode = 'training';
    return this;
  }

  /** Takes over the weights as they are for passes to come, those of `predict` too: call it again after you change them
   * by hand. */
  eval(): this {
    this.mode = 'evaluation';
    this.weightsChanged();
    return this;
  }

  /** Whoever changes the weights in another way than by the model's own passes says so here. */
  weightsChanged(): void {
    this.prepared = false;
  }

  /** Whoever runs passes over the model's memory in another way says so here. @internal */
  passedOver(): void {
    this.prepared = false;
    this.lastStep = undefined;
  }

  /** @param input [samples, ...inputShape] in PyTorch's order (NCHW), at most batchSize samples
   * @returns the output [samples, ...], a view of the model's memory that is valid until the next pass
   * @throws HeddleError SHAPE with the shape that was found and the one that is wanted */
  forward(input: TensorLike): NdArray<Float32Array> {
    const batch = readBatch('the input', input, this.inputShape, this.batchSize);
    const { data, shape } = this.pass(batch, this.mode);
    return channelsFirst(data, shape, batch.shape[0]);
  }

  private pass(batch: Strided, mode: Mode): Activation {
    const plan = this.plan(mode);
    const training = mode === 'training';
    const [samples] = batch.shape;
    toChannelsLast(batch, this.inputShape, plan.input.data);
    const shards = training ? Math.min(this.shards, samples) : samples;
    const step = { samples, shards, training, number: this.steps, learningRate: 0 };
    // A pass in training mode moves BatchNorm's running statistics, and prepares no more than it needs itself.
    if (training) this.prepared = false;
    if (!this.prepared) runAlone(plan.prepare, step, this.scratch[0]);
    this.prepared = !training;
    runAlone(joinPhases(plan.forward), step, this.scratch[0]);
    if (training) this.steps++;
    this.lastStep = step;
    return plan.output;
  }

  /** Writes each parameter's gradient for the last forward pass, which must have been in training mode.
   * @param upstream the loss's gradient with respect to that pass's output, of the same shape
   * @returns the gradient with respect to the input, a view like forward's, if the model was built with inputGradient
   * @throws HeddleError SHAPE when the gradient has another shape, STATE without such a pass */
  backward(upstream: TensorLike): NdArray<Float32Array> | undefined {
    const step = this.lastStep;
    if (!step?.training) throw new HeddleError('STATE', 'backward wants a forward pass in training mode before it');
    const { samples } = step;
    const { input, output, backward, parameters } = this.plan('training');
    const batch = readBatch('the upstream gradient', upstream, output.shape, samples, samples);
    toChannelsLast(batch, output.shape, output.gradient);
    runAlone(joinPhases(backward), step, this.scratch[0]);
    for (const { shardGradients, gradient, requiresGrad } of parameters)
      if (shardGradients && requiresGrad)
        this.kernels.sumShards(shardGradients, step.shards, gradient.length, gradient);
    return this.inputGradient ? channelsFirst(input.gradient, this.inputShape, samples) : undefined;
  }

  /** A classifier's answers for any number of samples, in evaluation mode; the model's own mode stays as it was.
   *
   * @param input [samples, ...inputShape] in PyTorch's order (NCHW)
   * @throws HeddleError SHAPE when the input does not fit the model */
  predict(input: TensorLike): Prediction;
  /** What the outputs of a network mean that another loss has trained: with BCEWithLogitsLoss labels and probabilities; with
   * MSELoss, L1Loss and SmoothL1Loss they are plain numbers, [samples, …] in PyTorch's order.
   *
   * @param options loss: what the network was trained by */
  predict<Answers>(input: TensorLike, options: { readonly loss: Meaning<Answers> }): Answers;
  predict<Answers>(input: TensorLike, options?: { readonly loss?: Meaning<Answers> }): unknown {
    const { inputShape, batchSize } = this;
    const { output } = this.plan('evaluation');
    const outputs = outputsOf({ inputShape, batchSize, output }, input, (batch) => this.pass(batch, 'evaluation'));
    return meaningOf(options).predictionOf(outputs);
  }

  /** Parameters and buffers under PyTorch's names and in its shapes, as views of the model's memory. Call `eval` after you
   * write into views that you got before the last pass in evaluation mode. */
  stateDict(): StateDict {
    this.weightsChanged(); // they may be about to
    return stateDict(this.graph, this.state.parameters, this.buffers);
  }

  /** Each parameter's gradient after a backward pass, as views like stateDict's; a frozen one has none. */
  gradients(): ReadonlyMap<string, NdArray<Float32Array>> {
    const trained = this.parameters.filter(({ requiresGrad }) => requiresGrad);
    return new Map(trained.map((parameter) => [parameter.name, parameterView(parameter, parameter.gradient)]));
  }

  /** Copies values into parameters and buffers. Counters, num_batches_tracked, may be missing and stay, as in PyTorch; of a
   * shared module's tensor one of its names is enough.
   *
   * @param state by name, in a Map or an object, as `stateDict` and the tensors that `loadSafetensors` gives
   * @throws HeddleError STATE_DICT naming all that is missing, unexpected or does not fit; ARGUMENT for what is no tensors
   *   by name; nothing is copied then */
  loadStateDict(state: Named<TensorSource>, options?: LoadStateDictOptions): IncompatibleKeys {
    const keys = loadStateDict(this.stateDict(), state, options);
    this.weightsChanged();
    return keys;
  }

  /** The layers with their output shapes and parameter counts, as a table of text, 80 columns wide. */
  summary(): string {
    const { graph, layers, shapes, state } = this;
    return summary({ graph, layers, shapes, parameters: state.parameters });
  }

  /** The summary, as print(model) in PyTorch. */
  override toString(): string {
    return this.summary();
  }

  /** @internal */
  [inspect](): string {
    return this.summary();
  }
}
