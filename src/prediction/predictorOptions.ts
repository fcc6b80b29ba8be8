import { HeddleError, quote } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { KernelChoice } from '../kernels/load.js';
import { BatchNorm } from '../layers/batchNorm.js';
import type { ConvolutionChoice } from '../layers/layer.js';
import { checkType } from '../layers/registry.js';
import { Model } from '../network/model.js';
import { nodePlatform } from '../parallel/nodePlatform.js';
import { instance, options, required, wholeNumber } from '../validate.js';

export interface PredictorOptions {
  /** Worker threads, default os.availableParallelism(). The answers do not depend on it. */
  readonly workers?: number;
  /** The most samples that are computed at once, default the model's. */
  readonly batchSize?: number;
  /** The most samples that may wait until the workers are free, default 1024; a request for more is rejected with BUSY. */
  readonly maxQueue?: number;
  /** Default 'auto', the fastest there is. */
  readonly kernels?: KernelChoice;
  /** Modules that worker threads import first, as they register layers of your own: files or file URLs. */
  readonly layerModules?: readonly string[];
}

/** What a Predictor computes and with what, as plain values. */
export interface PredictorConfig extends Required<PredictorOptions> {
  readonly network: Graph;
  readonly convolution: ConvolutionChoice;
}

const defaults = {
  workers: nodePlatform.workers(undefined),
  batchSize: undefined,
  maxQueue: 1024,
  kernels: 'auto',
  layerModules: [],
} as const;

/** What the options of a Predictor stand for. @throws HeddleError ARGUMENT */
export function predictorConfig(
  model: Model,
  given: PredictorOptions | undefined,
  others: readonly unknown[] = [],
): PredictorConfig {
  const form = 'new Predictor(model, { workers, batchSize, maxQueue, kernels, layerModules })';
  required(form, { model });
  instance('model', model, Model);
  const settings = options(form, given, defaults, others);
  const { workers, batchSize = model.batchSize, maxQueue, kernels, layerModules } = settings;
  return {
    network: portable(model),
    convolution: model.convolution,
    workers: wholeNumber('workers', workers, 1),
    batchSize: wholeNumber('batchSize', batchSize, 1),
    maxQueue: wholeNumber('maxQueue', maxQueue, 1),
    kernels: nodePlatform.resolveKernels(kernels),
    layerModules: nodePlatform.moduleUrls(layerModules),
  };
}

/** A model's graph, for other threads. */
function portable({ graph, layers }: Model) {
  for (const [name, layer] of layers) {
    checkType(name, layer);
    if (layer instanceof BatchNorm && !layer.trackRunningStats)
      throw new HeddleError(
        'ARGUMENT',
        `layer ${quote(name)} normalizes by the batch, so that an answer would depend on who else asks; use a ${layer.type} with running statistics`,
      );
  }
  return graph;
}
