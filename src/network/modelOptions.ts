import { HeddleError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import { isModule, type Module } from '../graph/module.js';
import { type KernelChoice, kernelChoices } from '../kernels/load.js';
import { type ConvolutionChoice, convolutionChoices, isLayer } from '../layers/layer.js';
import { Arena } from '../tensor/arena.js';
import { checkSeed } from '../tensor/random.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { flag, instance, isPlainObject, kindOf, oneOf, options, required, wholeNumber } from '../validate.js';
import { namesOf } from './names.js';
import { readGraph } from './readGraph.js';

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
  /** What training leaves as it is: modules of the network, or their paths, and names of parameters. A frozen module, with all
   * in it, is as after `eval()` and `requires_grad_(False)` in PyTorch: its parameters get no gradient and no update, its
   * BatchNorms normalize by their running statistics, which stay, and its Dropouts do nothing. Of a parameter that is frozen
   * by its own name the update alone is left out. Default nothing. */
  frozen?: readonly (string | Module)[];
  /** Threads that will share the model's memory. Default 1. @internal */
  workers?: number;
  /** Machines that share each batch. Default 1. @internal */
  ranks?: number;
  /** Whether backward computes the gradient with respect to the network's input. Default false. */
  inputGradient?: boolean;
  /** Whether neighbours among the layers are computed as one where that is faster; the bits are the same. Default true. */
  fusion?: boolean;
  /** Where to lay its arrays: over the memory of the same model on another thread, or where they are only counted. @internal */
  arena?: Arena;
}

const modelDefaults = {
  inputShape: undefined,
  batchSize: undefined,
  shards: 20,
  seed: 0,
  kernels: 'auto',
  convolution: 'auto',
  frozen: [],
  workers: 1,
  ranks: 1,
  inputGradient: false,
  fusion: true,
  arena: undefined,
} as const;

/** @throws HeddleError ARGUMENT, SHAPE unless it is a shape that a network can take */
export function checkInputShape(inputShape: Shape | undefined): Shape {
  if (!Array.isArray(inputShape))
    throw new HeddleError(
      'ARGUMENT',
      `inputShape must be a list, [channels, height, width] or [features], not ${kindOf(inputShape)}`,
    );
  if (inputShape.length !== 1 && inputShape.length !== 3)
    throw new HeddleError(
      'SHAPE',
      `inputShape is ${formatShape(inputShape)}, wants [channels, height, width] or [features]`,
    );
  for (const length of inputShape) wholeNumber('every length in inputShape', length, 1);
  return inputShape;
}

/** @throws HeddleError ARGUMENT, SHAPE */
export function checkOptions(given: Module | Graph, wanted: Partial<ModelOptions>, others: readonly unknown[]) {
  const form = 'new Model(network, { inputShape: [1, 28, 28], batchSize: 100 })';
  required(form, { network: given });
  if (!isModule(given) && !isLayer(given) && !isGraph(given))
    throw new HeddleError('ARGUMENT', `network must be a module or a graph, model.graph, not ${kindOf(given)}`);
  const settings = options(form, wanted, modelDefaults, others);
  const network = isGraph(given) ? readGraph(given) : given;
  const graphShape = isGraph(network) ? network.inputs[0].shape : undefined;
  const { inputShape = graphShape, batchSize } = settings;
  required(form, { inputShape, batchSize });
  const shape = checkInputShape(inputShape);
  if (graphShape && graphShape.join() !== shape.join())
    throw new HeddleError(
      'SHAPE',
      `inputShape is ${formatShape(shape)}, and the graph's is ${formatShape(graphShape)}; leave it away`,
    );
  wholeNumber('shards', settings.shards, 1);
  checkSeed(settings.seed);
  flag('inputGradient', settings.inputGradient);
  flag('fusion', settings.fusion);
  wholeNumber('workers', settings.workers, 1);
  if (settings.arena !== undefined) instance('arena', settings.arena, Arena);
  oneOf('kernels', settings.kernels, kernelChoices);
  oneOf('convolution', settings.convolution, convolutionChoices);
  return {
    ...settings,
    network,
    frozen: namesOf('frozen', isGraph(network) ? undefined : network, settings.frozen),
    inputShape: shape,
    batchSize: wholeNumber('batchSize', batchSize as number, 1),
  };
}

/** Whether what a model is made of is the record of a network. */
export const isGraph = (network: unknown): network is Graph => isPlainObject(network) && Array.isArray(network.nodes);
