import { HeddleError, quote } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Buffer, Parameter } from '../layers/layer.js';
import { nearest } from '../validate.js';
import { firstName, pathsWithin, splitName } from './names.js';

/** What training leaves as it is: modules with all that stands in them, and parameters by themselves. */
export class Frozen {
  /** The first paths of the modules. */
  private readonly modules = new Set<string>();
  /** What is no module, under the first path to its own. */
  private readonly parameters = new Map<string, string>();

  /** @param names paths of modules, and names of parameters */
  constructor(
    private readonly graph: Graph,
    names: readonly string[],
  ) {
    for (const name of names) {
      const paths = pathsWithin(graph, name);
      for (const path of paths) this.modules.add(path);
      if (paths.size === 0) this.parameters.set(firstName(graph, name), name);
    }
  }

  hasModule(path: string | undefined): boolean {
    return path !== undefined && this.modules.has(path);
  }

  hasParameter(name: string): boolean {
    return this.parameters.has(name) || this.modules.has(splitName(name).path);
  }

  /** @throws HeddleError ARGUMENT naming what is neither a module nor a parameter */
  checkParameters(parameters: readonly Parameter[], buffers: readonly Buffer[]): void {
    for (const [name, given] of this.parameters) {
      if (parameters.some((parameter) => parameter.name === name)) continue;
      const { path } = splitName(given);
      throw new HeddleError(
        'ARGUMENT',
        `frozen: expected paths of modules and names of parameters that the network has, found ${quote(given)}` +
          (buffers.some((buffer) => buffer.name === name)
            ? `, a buffer, which is frozen with its module: ${quote(path)}`
            : this.advice(given, parameters)),
      );
    }
  }

  private advice(given: string, parameters: readonly Parameter[]): string {
    const paths = this.graph.modules.map(({ path }) => path).filter((path) => path !== '');
    const near = nearest(given, [...paths, ...parameters.map(({ name }) => name)]);
    return near ? `; did you mean ${quote(near)}?` : `; its modules are ${paths.join(', ')}`;
  }
}
