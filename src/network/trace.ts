import { HeddleError, quote } from '../errors.js';
import { GRAPH_VERSION, type Graph, type GraphNode } from '../graph/graph.js';
import { isModule, type Module, moduleType, type NamedModule, namedModules } from '../graph/module.js';
import { isValue, type Recorder, type TracedLayer, Value } from '../graph/value.js';
import { isLayer, type Layer } from '../layers/layer.js';
import type { Shape } from '../tensor/shape.js';
import { kindOf } from '../validate.js';

/** A network's graph, with the layers of its nodes. */
export interface TracedNetwork {
  readonly graph: Graph;
  /** By the nodes' names. */
  readonly layers: ReadonlyMap<string, Layer>;
}

/** Calls a network's forward once, with a value that stands for every sample. Nodes that the output does not need are left
 * out.
 *
 * @throws HeddleError SHAPE naming the layer by its path, the shape that it got and the one that it wants; ARGUMENT when a
 *   forward does not return a value */
export function trace(network: Module, inputShape: Shape): TracedNetwork {
  const modules = namedModules(network);
  const recorder = new Trace(modules);
  const restore = modules.filter(({ module, sameAs }) => sameAs === undefined && !isLayer(module)).map(recorder.enter);
  try {
    const input = new Value(inputShape, recorder.freeName('input'), recorder);
    const output = isModule(network) ? network.forward(input) : recorder.record(network, [input]);
    return recorder.graphOf(input, recorder.checkOutput(output, '', network));
  } finally {
    for (const undo of restore) undo();
  }
}

class Trace implements Recorder {
  private readonly nodes: GraphNode[] = [];
  private readonly layers = new Map<string, Layer>();
  private readonly paths: ReadonlyMap<unknown, string>;
  /** Names that nodes may not take. */
  private readonly taken: Set<string>;
  /** Paths of the modules whose forward is at work, the innermost last. */
  private readonly scopes: string[] = [];

  constructor(private readonly modules: readonly NamedModule[]) {
    const first = modules.filter(({ sameAs }) => sameAs === undefined);
    this.paths = new Map(first.map(({ module, path }) => [module, path]));
    this.taken = new Set(modules.map(({ path }) => path));
  }

  record(layer: TracedLayer, inputs: readonly Value[]): Value {
    const path = this.paths.get(layer);
    const name = this.nameOf(path, layer.type);
    for (const input of inputs) this.checkInput(name, layer, input);
    const shapes = inputs.map((input) => input.shape);
    const shape = outputShapeOf(name, layer, shapes);
    this.nodes.push({
      name,
      type: layer.type,
      arguments: layer.arguments(),
      inputs: inputs.map((input) => input.name),
      ...(path === undefined ? {} : { module: path }),
    });
    this.layers.set(name, layer as Layer);
    return new Value(shape, name, this);
  }

  /** A layer's path at its first use; behind that, and for functions on values, a name that no other has. */
  private nameOf(path: string | undefined, type: string): string {
    if (path && !this.layers.has(path)) return path;
    const scope = this.scopes.at(-1);
    return this.freeName(path || (scope ? `${scope}.${type.toLowerCase()}` : type.toLowerCase()));
  }

  /** A name that no module and no other value has. */
  freeName(stem: string): string {
    let name = stem;
    for (let count = 1; this.taken.has(name); count++) name = `${stem}_${count}`;
    this.taken.add(name);
    return name;
  }

  private checkInput(name: string, layer: TracedLayer, input: unknown): void {
    if (!this.isOwn(input))
      throw new HeddleError(
        'ARGUMENT',
        `layer ${name}, ${layer.describe()}: expected a value of the network at work, found ${kindOfValue(input)}`,
      );
  }

  /** Has a module's forward tell when it is at work, and returns what takes that back. */
  readonly enter = ({ module, path }: NamedModule): (() => void) => {
    const own = Object.getOwnPropertyDescriptor(module, 'forward');
    const { forward } = module;
    const scoped = (...inputs: Parameters<typeof forward>) => {
      this.scopes.push(path);
      try {
        return this.checkOutput(forward.apply(module, inputs), path, module);
      } finally {
        this.scopes.pop();
      }
    };
    // A frozen module does without: its path is missing from the names of functions on values alone.
    if (!Reflect.defineProperty(module, 'forward', { value: scoped, configurable: true })) return () => {};
    return () => {
      if (own) Object.defineProperty(module, 'forward', own);
      else Reflect.deleteProperty(module, 'forward');
    };
  };

  checkOutput(output: unknown, path: string, module: Module): Value {
    if (this.isOwn(output)) return output;
    const place = path === '' ? 'the network' : `module ${quote(path)}`;
    throw new HeddleError(
      'ARGUMENT',
      `${place}, ${moduleType(module)}: expected its forward to return a value that comes of its input, found ${kindOfValue(output)}`,
    );
  }

  private isOwn(value: unknown): value is Value {
    return isValue(value) && value.recorder === this;
  }

  graphOf(input: Value, output: Value): TracedNetwork {
    const needed = new Set([output.name]);
    for (const node of this.nodes.toReversed())
      if (needed.has(node.name)) for (const name of node.inputs) needed.add(name);
    const nodes = this.nodes.filter(({ name }) => needed.has(name));
    const layers = new Map(nodes.map(({ name }) => [name, this.layers.get(name) as Layer]));
    const used = new Set(nodes.map(({ module }) => module));
    const modules = this.modules
      .filter(({ path, module, sameAs }) => !isLayer(module) || used.has(sameAs ?? path))
      .map(({ module, ...named }) => ({ path: named.path, type: moduleType(module), ...aliasOf(named) }));
    return {
      graph: {
        version: GRAPH_VERSION,
        inputs: [{ name: input.name, shape: input.shape }],
        nodes,
        outputs: [output.name],
        modules,
      },
      layers,
    };
  }
}

const aliasOf = ({ sameAs }: { readonly sameAs?: string }) => (sameAs === undefined ? {} : { sameAs });

const kindOfValue = (value: unknown) => (isValue(value) ? 'a value of another network' : kindOf(value));

/** The shape that a layer makes of its inputs'.
 * @throws HeddleError SHAPE, ARGUMENT naming a layer that takes others, or another number of them */
export function outputShapeOf(name: string, layer: TracedLayer, inputs: readonly Shape[]): Shape {
  const { inputCount = 1 } = layer;
  if (inputCount !== 'any' && inputs.length !== inputCount)
    throw new HeddleError(
      'ARGUMENT',
      `layer ${name}, ${layer.describe()}: takes ${inputCount} value${inputCount === 1 ? '' : 's'}, found ${inputs.length}`,
    );
  const [first, ...others] = inputs;
  return atLayer(name, layer, () => layer.outputShape(first, ...others));
}

/** @throws HeddleError SHAPE naming the layer, if `call` throws one */
export function atLayer<T>(name: string, layer: Pick<TracedLayer, 'describe'>, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof HeddleError && error.code === 'SHAPE')) throw error;
    throw new HeddleError('SHAPE', `layer ${name}, ${layer.describe()}: ${error.message}`, { cause: error });
  }
}
