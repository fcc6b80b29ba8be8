import { HeddleError } from '../../errors.js';
import { fashionMnistClasses } from '../../fashionMnist/classes.js';
import { fashionNet, fashionNetInput } from '../../fashionMnist/network.js';
import { checkWeights, loadSafetensors } from '../../formats/modelFile.js';
import type { Graph } from '../../graph/graph.js';
import type { Module } from '../../graph/module.js';
import { readDescription } from '../../network/modelFile.js';
import type { Shape } from '../../tensor/shape.js';

/** The weights that a command was given, and what they belong to: what the file says, else the Fashion-MNIST network. */
interface Weights extends Awaited<ReturnType<typeof loadSafetensors>> {
  readonly network: Graph | Module;
  readonly inputShape: Shape;
  readonly classes: readonly string[];
}

/** @throws HeddleError FILE, FORMAT, also for numbers that no training ends with */
export async function loadWeights(path: string): Promise<Weights> {
  const file = await loadSafetensors(path);
  checkWeights(file.tensors, path);
  const { graph, classes = fashionMnistClasses } = readDescription(file.metadata, path);
  const inputShape = graph?.inputs[0].shape ?? fashionNetInput;
  return { ...file, network: graph ?? fashionNet(), inputShape, classes };
}

/** Finite weights may still be so large that a pass overflows. @throws HeddleError DIVERGED unless all numbers are finite */
export function checkNumbers(numbers: Iterable<number>, weights: string): void {
  for (const value of numbers)
    if (!Number.isFinite(value))
      throw new HeddleError('DIVERGED', `${weights} gives numbers that are not finite: its training went astray`);
}
