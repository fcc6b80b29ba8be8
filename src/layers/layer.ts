import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import { Module } from '../graph/module.js';
import { isValue, type Value } from '../graph/value.js';
import type { Kernels } from '../kernels/kernels.js';
import type { PartPhase, Phase } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import type { Shape } from '../tensor/shape.js';
import { classNameOf, kindOf, nothingElse } from '../validate.js';

/** A batch of samples between two layers. Images are NHWC inside; `gradient` is the loss's with respect to `data`, and
 * empty where there is no training. */
export interface Activation {
  readonly shape: Shape;
  readonly data: Float32Array<SharedArrayBuffer>;
  readonly gradient: Float32Array<SharedArrayBuffer>;
  /** Whether a layer that works in place may write over `data`; else it gets a copy. 'rectified' means one that leaves what
   * is above 0 above 0, or gives it no gradient: the layer that wrote it finds ReLU's mask in it. */
  readonly overwritable?: boolean | 'rectified';
}

/** The `count` samples of `size` elements from `first` on. */
export const samplesOf = <T extends Float32Array | Int32Array>(array: T, size: number, first: number, count = 1) =>
  array.subarray(first * size, (first + count) * size) as T;

/** How a parameter's elements are set before training, in the order of PyTorch's layout: uniform in ± a bound, normal about 0
 * with a standard deviation, or all alike. */
export type Initial = { readonly uniform: number } | { readonly normal: number } | { readonly constant: number };

/** A trained tensor: PyTorch's shape, with strides over `data` that may be laid out otherwise. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly initial: Initial;
  /** False for a frozen one: no optimizer updates it, and a layer need not write its gradient, which nobody reads. */
  readonly requiresGrad: boolean;
  readonly data: Float32Array<SharedArrayBuffer>;
  /** Empty where there is no training. */
  readonly gradient: Float32Array<SharedArrayBuffer>;
  /** A gradient for each shard, one after the other, which sum to `gradient`; absent where a layer writes that. */
  readonly shardGradients?: Float32Array<SharedArrayBuffer>;
}

/** The gradient that a shard adds to. */
export const gradientOfShard = ({ shardGradients, data }: Parameter, shard: number) =>
  samplesOf(shardGradients as Float32Array, data.length, shard);

/** A tensor that belongs to a layer's state but is not trained. */
export interface Buffer {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: number;
  readonly data: Float32Array<SharedArrayBuffer> | BigInt64Array<SharedArrayBuffer>;
}

/** How convolutions are computed: 'im2col' everywhere, or Winograd's and the depthwise algorithm where they serve; 'auto' is
 * the latter, and so is 'winograd'. */
export type ConvolutionChoice = 'auto' | 'winograd' | 'im2col';

export const convolutionChoices: readonly ConvolutionChoice[] = ['auto', 'winograd', 'im2col'];

/** What a layer does besides its own work, since its neighbours were made one with it: see network/fusion. */
export interface Fused {
  /** Adds its second input to its output. */
  readonly residual?: boolean;
  /** Applies ReLU to that; its backward then begins with ReLU's mask. */
  readonly relu?: boolean | undefined;
  /** Leaves its own part out of the backward pass, ReLU's mask or Dropout's: the gradient that it gets has it already. */
  readonly gradientMasked?: boolean;
  /** Multiplies its input's gradient by this where the input is above 0, and makes it 0 elsewhere. */
  readonly inputMask?: number;
  /** Applies this function to its output, in a BatchNorm2d. */
  readonly activation?: 'ReLU6' | 'SiLU' | 'Hardswish' | undefined;
  /** Pools its output by 2×2 windows, and gives that alone. */
  readonly pool?: boolean;
  /** Normalizes its output by the running statistics of this BatchNorm2d, then applies ReLU or ReLU6 if that is wanted. */
  readonly batchNorm?: {
    readonly module: string;
    readonly numFeatures: number;
    readonly eps: number;
    readonly affine: boolean;
    readonly relu: Fused['relu'];
    readonly activation: Fused['activation'];
  };
}

/** What a layer gets to plan with. Arrays must be taken in the same order on every thread. */
export interface Planner {
  /** For training, with a backward pass, or for evaluation. */
  readonly training: boolean;
  /** Whether the layer's module is frozen: in training too it then works as in evaluation, and changes no buffer. */
  readonly frozen: boolean;
  readonly arena: Arena;
  /** @internal */
  readonly kernels: Kernels;
  readonly batchSize: number;
  readonly shards: number;
  /** Machines that share each batch. @internal */
  readonly ranks: number;
  readonly seed: number;
  readonly convolution: ConvolutionChoice;
  /** The layer's place in the network, for its random numbers. */
  readonly index: number;
  /** Which use of its module this is, from 0 on, and how many there are. @internal */
  readonly use: { readonly index: number; readonly count: number };
  /** All that the layer takes; most take one. */
  readonly inputs: readonly Activation[];
  /** Whether anything before this layer wants the gradient of its input. */
  readonly inputGradient: boolean;
  /** What the layer does besides its own work. @internal */
  readonly fused: Fused;
  /** Memory for an output. `gradient` is another array to take for its gradient: one of an input. */
  activation(
    shape: Shape,
    options?: {
      readonly overwritable?: Activation['overwritable'];
      readonly gradient?: Activation['gradient'];
    },
  ): Activation;
  /** Memory for what a layer makes on the way: `lasting` from its forward pass to its backward, else for the one of them in
   * which it is used. */
  memory(length: number, lasting: boolean): Float32Array<SharedArrayBuffer>;
  /** `order` lists PyTorch's axes from the slowest to the fastest in `data`; `sharded` gives a gradient per shard. */
  parameter(
    name: string,
    shape: Shape,
    initial: Initial,
    options?: { readonly order?: readonly number[]; readonly sharded?: boolean },
  ): Parameter;
  buffer(name: string, length: number, initial: number): Float32Array<SharedArrayBuffer>;
  counter(name: string): BigInt64Array<SharedArrayBuffer>;
  /** Asks for at least so many floats of scratch memory for each thread. */
  scratch(floats: number): void;
  /** The same for the parameters and buffers of another module, which is fused into this one. @internal */
  ofModule(path: string): Planner;
}

/** A layer bound to its arrays. */
export interface LayerPlan {
  readonly output: Activation;
  /** The way that was chosen where there are several, for a profile. */
  readonly method?: string;
  /** Runs before the first forward phase of any layer: what depends on parameters and buffers alone. */
  readonly prepare?: PartPhase;
  readonly forward: readonly Phase[];
  /** Runs in training alone. */
  readonly backward: readonly Phase[];
}

/** A module that computes: its settings, and how it plans its arrays and phases. It holds no numbers itself. */
export abstract class Layer extends Module {
  abstract readonly type: string;
  /** How many values it takes: 1 unless it says otherwise. */
  declare readonly inputCount?: number | 'any';
  /** Whether it writes its output over its input, which it then returns; 'rectified' as in Activation. */
  declare readonly inPlace?: boolean | 'rectified';
  /** Whether it does nothing in evaluation, and is left out there. */
  declare readonly trainingOnly?: boolean;
  /** As PyTorch prints it. */
  abstract describe(): string;
  /** The input's, unless a layer says otherwise. @throws HeddleError SHAPE saying which input the layer wants */
  outputShape(input: Shape, ..._others: Shape[]): Shape {
    return input;
  }

  /** Multiplications and additions of a forward pass of one sample, where it is a product. */
  operations?(input: Shape): number;
  abstract plan(input: Activation, planner: Planner): LayerPlan;
  /** The constructor's arguments, as plain values that can be sent to another thread. */
  abstract arguments(): readonly unknown[];
  /** What it does when not training to inputs of these shapes, as an operator of ONNX or several, one behind the other; without it
   * there is no export. Identity leaves no node. */
  onnx?(...inputs: Shape[]): OnnxOperator | readonly OnnxOperator[] | undefined;

  forward(x: Value, ...others: Value[]): Value {
    return call(this, [x, ...others]);
  }
}

/** A layer without settings. */
export abstract class PlainLayer extends Layer {
  constructor(...others: never[]) {
    super();
    nothingElse(`new ${classNameOf(new.target)}()`, others);
  }

  arguments(): readonly unknown[] {
    return [];
  }

  describe(): string {
    return `${this.type}()`;
  }
}

/** @throws HeddleError ARGUMENT for what are no values of a network that is being traced */
export function call(layer: Layer, inputs: readonly Value[]): Value {
  const [first] = inputs;
  if (!isValue(first))
    throw new HeddleError(
      'ARGUMENT',
      `${layer.type}: expected a value of a network's forward, found ${kindOf(first)}. Numbers go through a model: ` +
        'new Model(network, { inputShape, batchSize }).forward(input)',
    );
  return first.recorder.record(layer, inputs);
}

/** Copies of heddle in one program have a class Layer each, and a plain object will do. */
export const isLayer = (value: unknown): value is Layer =>
  ['plan', 'outputShape', 'describe', 'arguments'].every(
    (name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function',
  );
