import { HeddleError, quote } from '../errors.js';
import { type Graph, stateName } from '../graph/graph.js';
import { isModule, type Module, namedModules } from '../graph/module.js';
import type { Buffer, Parameter } from '../layers/layer.js';
import { kindOf, nearest, texts } from '../validate.js';

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
      const within = graph.modules.filter(({ path }) => name === '' || path === name || path.startsWith(`${name}.`));
      for (const { path, sameAs = path } of within) this.modules.add(sameAs);
      if (within.length === 0) this.parameters.set(this.firstName(name), name);
    }
  }

  hasModule(path: string | undefined): boolean {
    return path !== undefined && this.modules.has(path);
  }

  hasParameter(name: string): boolean {
    return this.parameters.has(name) || this.modules.has(split(name).path);
  }

  /** @throws HeddleError ARGUMENT naming what is neither a module nor a parameter */
  checkParameters(parameters: readonly Parameter[], buffers: readonly Buffer[]): void {
    for (const [name, given] of this.parameters) {
      if (parameters.some((parameter) => parameter.name === name)) continue;
      const { path } = split(given);
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

  /** A parameter's name under the first path to its module. */
  private firstName(name: string): string {
    const { path, key } = split(name);
    return stateName(this.graph.modules.find((module) => module.path === path)?.sameAs ?? path, key);
  }
}

function split(name: string): { path: string; key: string } {
  const dot = name.lastIndexOf('.');
  return { path: name.slice(0, Math.max(0, dot)), key: name.slice(dot + 1) };
}

/** The names of what is to be frozen, of a module its path.
 *
 * @param network undefined where there is a graph alone, which knows modules by their paths
 * @throws HeddleError ARGUMENT for what is neither a name nor a module of the network */
export function frozenNames(network: Module | undefined, frozen: readonly (string | Module)[]): readonly string[] {
  if (!Array.isArray(frozen))
    throw new HeddleError('ARGUMENT', `frozen must be a list of modules and names, not ${kindOf(frozen)}`);
  const modules = network ? namedModules(network) : [];
  const nameOf = (item: string | Module, i: number) => {
    if (!isModule(item)) return item;
    const found = modules.find(({ module }) => module === item);
    if (found) return found.path;
    throw new HeddleError(
      'ARGUMENT',
      `frozen[${i}]: expected a module of the network or its path, found ${kindOf(item)} that does not stand in it`,
    );
  };
  return texts('frozen', frozen.map(nameOf));
}
