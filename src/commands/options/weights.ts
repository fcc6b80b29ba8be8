import { HeddleError } from '../../errors.js';
import { fashionMnistClasses } from '../../fashionMnist/classes.js';
import { fashionNet, fashionNetInput } from '../../fashionMnist/network.js';
import { checkWeights, loadSafetensors } from '../../formats/modelFile.js';
import type { Graph } from '../../graph/graph.js';
import type { Module } from '../../graph/module.js';
import { readDescription } from '../../network/modelFile.js';
import { readGraph } from '../../network/readGraph.js';
import type { Shape } from '../../tensor/shape.js';

/** The weights that a command was given, and what they belong to: what the file says, else the Fashion-MNIST network with
 * its classes. */
interface Weights extends Awaited<ReturnType<typeof loadSafetensors>> {
  readonly network: Graph | Module;
  readonly inputShape: Shape;
  /** Absent where the file has a network and does not name its classes. */
  readonly classes?: readonly string[] | undefined;
}

/** @throws HeddleError FILE, FORMAT, also for numbers that no training ends with */
export async function loadWeights(path: string): Promise<Weights> {
  const file = await loadSafetensors(path);
  checkWeights(file.tensors, path);
  const { graph, classes } = readDescription(file.metadata, path, readGraph);
  if (graph) return { ...file, network: graph, inputShape: graph.inputs[0].shape, classes };
  return { ...file, network: fashionNet(), inputShape: fashionNetInput, classes: classes ?? fashionMnistClasses };
}

/** The classes' names, else "0", "1" and so on, one for each output. @throws HeddleError FORMAT for another number of them */
export function classNames({ classes }: Weights, [outputs]: Shape, weights: string): readonly string[] {
  if (classes && classes.length !== outputs)
    throw new HeddleError(
      'FORMAT',
      `${weights}: expected the names of ${outputs} classes, as many as the network has outputs; found ${classes.length}`,
    );
  return classes ?? Array.from({ length: outputs }, (_, label) => String(label));
}

/** Finite weights may still be so large that a pass overflows. @throws HeddleError DIVERGED unless all numbers are finite */
export function checkNumbers(numbers: Iterable<number>, weights: string): void {
  for (const value of numbers)
    if (!Number.isFinite(value))
      throw new HeddleError('DIVERGED', `${weights} gives numbers that are not finite: its training went astray`);
}
