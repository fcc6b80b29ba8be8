import { fashionMnistClasses } from '../../datasets/fashionMnistClasses.js';
import { fashionNetInput } from '../../fashionMnist/network.js';
import type { Graph } from '../../graph/graph.js';
import type { Module } from '../../graph/module.js';
import { lastLayer } from '../../network/lastLayer.js';
import { trace } from '../../network/trace.js';
import type { Shape } from '../../tensor/shape.js';
import type { TensorSource } from '../../tensor/view.js';
import { type NetworkFor, networkChoice, networkOf } from './networks.js';

/** What weights are of. */
export interface WeightsNetwork {
  readonly network: Graph | Module;
  readonly inputShape: Shape;
  /** Files that worker threads import first, as they register the network's own layers. */
  readonly layerModules: readonly string[];
  readonly classes?: readonly string[] | undefined;
}

/** Whether --network names the network of Fashion-MNIST, whose input and classes go without saying. */
export const isFashion = (network: string | undefined) => network?.toLowerCase() === 'fashion';

/** torchvision's networks classify pictures of this size. */
const usualInput = [3, 224, 224];

/** The network that --network names, with as many classes as the weights have.
 *
 * @param inputShape where it is known
 * @throws HeddleError as networkOf */
export async function namedNetwork(
  name: string,
  inputShape: Shape | undefined,
  tensors: ReadonlyMap<string, TensorSource>,
): Promise<WeightsNetwork> {
  const { file, inputShape: only } = networkChoice(name);
  const shape = inputShape ?? only ?? (isFashion(name) ? fashionNetInput : usualInput);
  const make = (numClasses: number) => networkOf(name, { inputShape: shape as NetworkFor['inputShape'], numClasses });
  const { graph } = trace(await make(fashionMnistClasses.length), shape);
  const last = lastLayer(graph, tensors.keys());
  const numClasses = tensors.get(`${last}.weight`)?.shape[0] ?? fashionMnistClasses.length;
  return {
    network: await make(numClasses),
    inputShape: shape,
    layerModules: file === undefined ? [] : [file],
    classes: isFashion(name) && numClasses === fashionMnistClasses.length ? fashionMnistClasses : undefined,
  };
}
