import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Kernels } from '../kernels/kernels.js';
import type { Phase } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import type { Shape } from '../tensor/shape.js';

/** A batch of samples between two layers. Images are NHWC inside; `gradient` is the loss's with respect to `data`. */
export interface Activation {
  readonly shape: Shape;
  readonly data: Float32Array<SharedArrayBuffer>;
  readonly gradient: Float32Array<SharedArrayBuffer>;
  /** Whether no backward reads `data` but that of the layer behind, so that an in-place layer may write over it. Else it
   * gets a copy. */
  readonly overwritable?: boolean;
  /** Makes the layer that writes `data` apply a ReLU as it does; absent where that is not to be had. @internal */
  readonly fuseReLU?: (() => void) | undefined;
  /** Makes the layer that writes `data`, when not training, write a channelwise affine map of it to another array instead.
   * @internal */
  readonly fuseAffine?: ((affine: Float32Array, output: Float32Array) => void) | undefined;
  /** Makes the layers that wrote `data` leave their gradient to its reader, and returns the factor by which it has to
   * multiply the gradient where `data` is above 0; elsewhere the gradient is 0. Absent where that is not so. @internal */
  readonly fuseMask?: (() => number) | undefined;
  /** Makes the layer that writes `data` pool it as well when training: it then leaves `data` and `gradient` alone, writes
   * the pooling's output and reads its gradient. Absent where that is not to be had. @internal */
  readonly fusePooling?: ((pooling: Pooling) => void) | undefined;
}

/** Max pooling by 2×2 windows that cover an image with sixteens of channels: its output, and which pixels it took. */
export interface Pooling {
  readonly output: Activation;
  readonly argmax: Int32Array;
}

/** The `count` samples of `size` elements from `first` on. */
export const samplesOf = <T extends Float32Array | Int32Array>(array: T, size: number, first: number, count = 1) =>
  array.subarray(first * size, (first + count) * size) as T;

/** How a parameter's elements are set before training, in the order of PyTorch's layout. */
export type Initial = { readonly uniform: number } | { readonly constant: number };

/** A trained tensor: PyTorch's shape, with strides over `data` that may be laid out otherwise. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly initial: Initial;
  readonly data: Float32Array<SharedArrayBuffer>;
  readonly gradient: Float32Array<SharedArrayBuffer>;
  /** A gradient for each shard, one after the other, which sum to `gradient`; absent where a layer writes that. */
  readonly slots?: Float32Array<SharedArrayBuffer>;
}

/** The gradient that a shard adds to. */
export const slotOf = ({ slots, data }: Parameter, shard: number) =>
  samplesOf(slots as Float32Array, data.length, shard);

/** A tensor that belongs to a layer's state but is not trained. */
export interface Buffer {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: number;
  readonly data: Float32Array<SharedArrayBuffer> | BigInt64Array<SharedArrayBuffer>;
}

/** How convolutions are computed: 'im2col' everywhere, or Winograd's algorithm where it serves; 'auto' is the latter. */
export type ConvolutionChoice = 'auto' | 'winograd' | 'im2col';

export const convolutionChoices: readonly ConvolutionChoice[] = ['auto', 'winograd', 'im2col'];

/** What a layer gets to plan with. Arrays must be taken in the same order on every thread. */
export interface Planner {
  readonly arena: Arena;
  /** @internal */
  readonly kernels: Kernels;
  readonly batchSize: number;
  readonly shards: number;
  readonly seed: number;
  readonly convolution: ConvolutionChoice;
  /** The layer's place in the network, for its random numbers. */
  readonly index: number;
  /** Whether anything before this layer wants the gradient of its input. */
  readonly inputGradient: boolean;
  activation(shape: Shape, options?: { overwritable?: boolean }): Activation;
  /** `order` lists PyTorch's axes from the slowest to the fastest in `data`; `slotted` gives a gradient per shard. */
  parameter(
    name: string,
    shape: Shape,
    initial: Initial,
    options?: { order?: readonly number[]; slotted?: boolean },
  ): Parameter;
  buffer(name: string, length: number, initial: number): Float32Array<SharedArrayBuffer>;
  counter(name: string): BigInt64Array<SharedArrayBuffer>;
  /** Asks for at least so many floats of scratch memory for each thread. */
  scratch(floats: number): void;
}

/** A layer bound to its arrays. */
export interface LayerPlan {
  readonly output: Activation;
  /** Whether the layer before writes this layer's output instead of its own when training. @internal */
  readonly fused?: boolean;
  /** Runs before the first forward phase of any layer: what depends on parameters and buffers alone. */
  readonly prepare?: Phase & { by: 'part' };
  readonly forward: readonly Phase[];
  /** What runs instead of forward when not training, if that differs. */
  readonly evaluate?: readonly Phase[];
  readonly backward: readonly Phase[];
}

/** A layer: its settings, and how it plans a network's arrays and phases. It holds no numbers itself. */
export interface Layer {
  readonly type: string;
  /** Whether it writes its output over its input, which it then returns. */
  readonly inPlace?: boolean;
  /** As PyTorch prints it. */
  describe(): string;
  /** @throws HeddleError SHAPE saying which input the layer wants */
  outputShape(input: Shape): Shape;
  /** Multiplications and additions of a forward pass of one sample, where it is a product. */
  operations?(input: Shape): number;
  plan(input: Activation, planner: Planner): LayerPlan;
  /** The constructor's arguments, as plain values that can be sent to another thread. */
  arguments(): readonly unknown[];
  /** What it does when not training, as an operator of ONNX; without it there is no export. Identity leaves no node. */
  onnx?(): OnnxOperator;
}
