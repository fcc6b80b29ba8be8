import ndarray, { type NdArray } from 'ndarray';
import { HeddleError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { type KernelChoice, kernelChoices, loadKernels } from '../kernels/load.js';
import {
  type Activation,
  type Buffer,
  type ConvolutionChoice,
  convolutionChoices,
  type Parameter,
} from '../layers/layer.js';
import { joinShardPhases, type Pass, type Phase, runAlone, uniteParts } from '../program/phase.js';
import { Arena, type ArenaMemory } from '../tensor/arena.js';
import type { Named } from '../tensor/named.js';
import { checkSeed } from '../tensor/random.js';
import { formatShape, type Shape, stridesOf } from '../tensor/shape.js';
import { readBatch, type Strided, type TensorLike } from '../tensor/tensorLike.js';
import type { TensorSource } from '../tensor/view.js';
import { flag, instance, kindOf, oneOf, options, required, wholeNumber } from '../validate.js';
import { initialize } from './initialize.js';
import { planNetwork } from './plan.js';
import { type Prediction, predict } from './predict.js';
import { Sequential } from './sequential.js';
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

export interface ModelOptions {
  /** The shape of one sample, without the batch: [channels, height, width] or [features]. */
  inputShape: Shape;
  /** The most samples in one forward pass; memory is planned for it. */
  batchSize: number;
  /** Shards that a batch is cut into: the results depend on it in the last bits, and on nothing else like it. Default 20. */
  shards?: number;
  /** Determines initial weights and dropout: a whole number below 2³². Default 0. */
  seed?: number;
  /** Default 'auto': simd where the engine has it. All sets but relaxed give the same bits; `wide` is for a Trainer. */
  kernels?: KernelChoice;
  /** Default 'auto': Winograd's algorithm where it serves (see Conv2d). The choice shows in the last bits. */
  convolution?: ConvolutionChoice;
  /** Threads that will share the model's memory. Default 1. @internal */
  workers?: number;
  /** Whether backward computes the gradient with respect to the network's input. Default false. */
  inputGradient?: boolean;
  /** The memory of the same model on another thread, to share it rather than to initialise new weights. @internal */
  memory?: ArenaMemory;
}

const modelDefaults = {
  inputShape: undefined,
  batchSize: undefined,
  shards: 20,
  seed: 0,
  kernels: 'auto',
  convolution: 'auto',
  workers: 1,
  inputGradient: false,
  memory: undefined,
} as const;

/**
 * A network built for an input shape and a batch size: its parameters, activations and gradients in one shared memory,
 * and the phases of a forward and a backward pass over them.
 *
 * @throws HeddleError SHAPE naming the layer, the shape that it got and the one that it wants
 */
export class Model {
  /** @internal */
  readonly arena: Arena;
  /** What the model computes with: `kernels.name` says which of them. */
  readonly kernels: Kernels;
  readonly inputShape: Shape;
  readonly batchSize: number;
  readonly shards: number;
  readonly seed: number;
  readonly parameters: readonly Parameter[];
  readonly buffers: readonly Buffer[];
  readonly input: Activation;
  readonly output: Activation;
  /** What each layer made of the last batch; a layer that works in place has its predecessor's, a BatchNorm2d that
   * pools as well the MaxPool2d's. */
  readonly activations: ReadonlyMap<string, Activation>;
  /** Run before a forward pass: what depends on parameters and buffers alone. @internal */
  readonly preparePhases: readonly Phase[];
  /** @internal */
  readonly forwardPhases: readonly Phase[];
  /** Run instead when not training; no number of a sample depends on how the batch is sharded. @internal */
  readonly evaluationPhases: readonly Phase[];
  /** @internal */
  readonly backwardPhases: readonly Phase[];
  /** Scratch memory for each thread. Phases are separate, for a profile: join them to run them. @internal */
  readonly scratch: readonly Float32Array[];
  private readonly inputGradient: boolean;
  private steps = 0;
  private lastStep: Pass | undefined;
  private mode: 'train' | 'eval' = 'train';
  private prepared = false;

  constructor(
    readonly network: Sequential,
    given: ModelOptions,
    ...others: never[]
  ) {
    const form = 'new Model(network, { inputShape: [1, 28, 28], batchSize: 100 })';
    required(form, { network });
    const { inputShape, batchSize, ...settings } = options(form, given, modelDefaults, others);
    required(form, { inputShape, batchSize });
    const { shards, seed, kernels, convolution, workers, inputGradient, memory } = settings;
    instance('network', network, Sequential);
    if (!Array.isArray(inputShape))
      throw new HeddleError(
        'ARGUMENT',
        `inputShape must be a list, [channels, height, width] or [features], not ${kindOf(inputShape)}`,
      );
    this.inputShape = inputShape;
    if (this.inputShape.length !== 1 && this.inputShape.length !== 3)
      throw new HeddleError(
        'SHAPE',
        `inputShape is ${formatShape(this.inputShape)}, wants [channels, height, width] or [features]`,
      );
    for (const length of this.inputShape) wholeNumber('every length in inputShape', length, 1);
    this.batchSize = wholeNumber('batchSize', batchSize, 1);
    this.shards = wholeNumber('shards', shards, 1);
    this.seed = checkSeed(seed);
    this.inputGradient = flag('inputGradient', inputGradient);
    wholeNumber('workers', workers, 1);
    oneOf('kernels', kernels, kernelChoices);
    oneOf('convolution', convolution, convolutionChoices);
    this.arena = new Arena(memory);
    this.kernels = loadKernels(kernels, this.arena.memory);
    const plan = planNetwork(network, {
      ...{ arena: this.arena, kernels: this.kernels, inputShape: this.inputShape, batchSize: this.batchSize },
      ...{ shards: this.shards, seed: this.seed, inputGradient: this.inputGradient },
      convolution,
    });
    this.parameters = plan.parameters;
    this.buffers = plan.buffers;
    this.input = plan.input;
    this.output = plan.output;
    this.activations = plan.activations;
    this.preparePhases = uniteParts(plan.prepare);
    this.forwardPhases = plan.forward;
    this.evaluationPhases = plan.evaluate;
    this.backwardPhases = plan.backward;
    const fewer = workers === 1 ? undefined : `fewer workers than ${workers}, each of which has memory of its own`;
    this.scratch = Array.from({ length: workers }, () => this.arena.float32(plan.scratchSize, fewer));
    if (!memory) initialize(plan.parameters, plan.buffers, this.seed);
  }

  /** Whether BatchNorm and Dropout behave as in training; true at first. */
  get training(): boolean {
    return this.mode === 'train';
  }

  train(): this {
    this.mode = 'train';
    return this;
  }

  /** Takes over the weights as they are for passes to come, those of `predict` too: call it again after you change them
   * by hand. */
  eval(): this {
    this.mode = 'eval';
    this.weightsChanged();
    return this;
  }

  /** What trains the model in another way than by its own passes says so here. */
  weightsChanged(): void {
    this.prepared = false;
  }

  /**
   * @param input [samples, ...inputShape] in PyTorch's order (NCHW), at most batchSize samples
   * @returns the output [samples, ...], a view of the model's memory that is valid until the next pass
   * @throws HeddleError SHAPE with the shape that was found and the one that is wanted
   */
  forward(input: TensorLike): NdArray<Float32Array> {
    const batch = readBatch('the input', input, this.inputShape, this.batchSize);
    this.pass(batch, this.training);
    return channelsFirst(this.output.data, this.output.shape, batch.shape[0]);
  }

  private pass(batch: Strided, training: boolean): void {
    const [samples] = batch.shape;
    toChannelsLast(batch, this.inputShape, this.input.data);
    const shards = training ? Math.min(this.shards, samples) : samples;
    const step = { samples, shards, training, number: this.steps, learningRate: 0 };
    // A pass in training mode moves BatchNorm's running statistics, and prepares no more than it needs itself.
    if (training) this.prepared = false;
    if (!this.prepared) runAlone(this.preparePhases, step, this.scratch[0]);
    this.prepared = !training;
    const phases = training ? this.forwardPhases : this.evaluationPhases;
    runAlone(joinShardPhases(phases), step, this.scratch[0]);
    if (training) this.steps++;
    this.lastStep = step;
  }

  /**
   * Writes each parameter's gradient for the last forward pass, which must have been in training mode.
   * @param upstream the loss's gradient with respect to that pass's output, of the same shape
   * @returns the gradient with respect to the input, a view like forward's, if the model was built with inputGradient
   * @throws HeddleError SHAPE when the gradient has another shape, STATE without such a pass
   */
  backward(upstream: TensorLike): NdArray<Float32Array> | undefined {
    const step = this.lastStep;
    if (!step?.training) throw new HeddleError('STATE', 'backward wants a forward pass in training mode before it');
    const { samples } = step;
    const batch = readBatch('the upstream gradient', upstream, this.output.shape, samples, samples);
    toChannelsLast(batch, this.output.shape, this.output.gradient);
    runAlone(joinShardPhases(this.backwardPhases), step, this.scratch[0]);
    for (const { slots, gradient } of this.parameters)
      if (slots) this.kernels.sumSlots(slots, step.shards, gradient.length, gradient);
    return this.inputGradient ? channelsFirst(this.input.gradient, this.inputShape, samples) : undefined;
  }

  /**
   * A classifier's answers for any number of samples, in evaluation mode; the model's own mode stays as it was.
   *
   * @param input [samples, ...inputShape] in PyTorch's order (NCHW)
   * @throws HeddleError SHAPE when the model is no classifier, whose output is [classes], or the input does not fit it
   */
  predict(input: TensorLike): Prediction {
    return predict(this, input, (batch) => this.pass(batch, false));
  }

  /** Parameters and buffers under PyTorch's names and in its shapes, as views of the model's memory. Call `eval` after you
   * write into views that you got before the last pass in evaluation mode. */
  stateDict(): StateDict {
    this.weightsChanged(); // they may be about to
    return stateDict(this.network.layers(), this.parameters, this.buffers);
  }

  /** Each parameter's gradient after a backward pass, as views like stateDict's. */
  gradients(): ReadonlyMap<string, NdArray<Float32Array>> {
    return new Map(this.parameters.map((parameter) => [parameter.name, parameterView(parameter, parameter.gradient)]));
  }

  /**
   * Copies values into parameters and buffers. Counters, num_batches_tracked, may be missing and stay, as in PyTorch.
   *
   * @param state by name, in a Map or an object, as `stateDict` and the tensors that `loadSafetensors` gives
   * @throws HeddleError STATE_DICT naming all that is missing, unexpected or does not fit; ARGUMENT for what is no tensors
   *   by name; nothing is copied then
   */
  loadStateDict(state: Named<TensorSource>, options?: LoadStateDictOptions): IncompatibleKeys {
    const keys = loadStateDict(this.stateDict(), state, options);
    this.weightsChanged();
    return keys;
  }

  /** The layers with their output shapes and parameter counts, as a table of text, 80 columns wide. */
  summary(): string {
    return summary(this.network, this.inputShape, this.parameters);
  }

  /** The summary, as print(model) in PyTorch. */
  toString(): string {
    return this.summary();
  }

  /** @internal */
  [inspect](): string {
    return this.summary();
  }
}

/** Copies a batch in PyTorch's order into the memory's, where a pixel's channels stand together. */
function toChannelsLast(
  { data, shape: [samples], stride, offset }: Strided,
  sampleShape: Shape,
  to: Float32Array,
): void {
  const [channels, height = 1, width = 1] = sampleShape;
  const [batchStride, channelStride, rowStride = 0, columnStride = 0] = stride;
  let element = 0;
  for (let n = 0; n < samples; n++)
    for (let h = 0; h < height; h++)
      for (let w = 0; w < width; w++) {
        const pixel = offset + n * batchStride + h * rowStride + w * columnStride;
        for (let c = 0; c < channels; c++) to[element++] = data[pixel + c * channelStride];
      }
}

/** The view of such memory in PyTorch's order. */
function channelsFirst(data: Float32Array, sampleShape: Shape, samples: number): NdArray<Float32Array> {
  const order = sampleShape.length === 3 ? [0, 2, 3, 1] : [0, 1];
  const shape = [samples, ...sampleShape];
  return ndarray(data, shape, stridesOf(shape, order));
}
