import { HeddleError, quote } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import { createLayer } from '../layers/registry.js';
import { isPlainObject, kindOf, nothingElse, required } from '../validate.js';

/** A network as plain values: what a layer's constructor got, or the named children of a Sequential. */
export type NetworkConfig =
  | { readonly type: 'Sequential'; readonly children: readonly (readonly [name: string, child: NetworkConfig])[] }
  | { readonly type: string; readonly arguments: readonly unknown[] };

export interface NamedLayer {
  /** As in PyTorch's state_dict: the names of all that it stands in, joined by dots. */
  readonly name: string;
  readonly layer: Layer;
}

/**
 * Layers one after the other, as torch.nn.Sequential: a list, whose children are called "0", "1", …, or an object
 * (PyTorch's OrderedDict) that names them. Children may be Sequential themselves.
 */
export class Sequential {
  readonly children: ReadonlyMap<string, Layer | Sequential>;

  /** @throws HeddleError ARGUMENT naming a child that is no layer or has a name that none may have, or one at two places */
  constructor(
    children: readonly (Layer | Sequential)[] | Readonly<Record<string, Layer | Sequential>>,
    ...others: never[]
  ) {
    const form = 'new Sequential([layer, …]) or new Sequential({ name: layer, … })';
    nothingElse(form, others);
    required(form, { children });
    if (!Array.isArray(children) && !isPlainObject(children))
      throw new HeddleError(
        'ARGUMENT',
        `Sequential: expected a list of its children, or an object, found ${kindOf(children)}; write ${form}`,
      );
    // A list may have holes.
    this.children = new Map(Object.entries(Array.isArray(children) ? [...children] : children));
    for (const [name, child] of this.children)
      if (!(child instanceof Sequential) && typeof child?.plan !== 'function')
        throw new HeddleError(
          'ARGUMENT',
          `child ${quote(name)}: expected a layer or a Sequential. Give a Sequential one list of its children, or an object`,
        );
    // An object puts whole numbers before all other keys, whatever order they were written in.
    const numbers = Array.isArray(children) ? /^$/ : /^\d+$/;
    for (const name of this.children.keys())
      if (name === '' || name === '__proto__' || name.includes('.') || numbers.test(name))
        throw new HeddleError(
          'ARGUMENT',
          `a child's name must not be empty, __proto__ or a number, nor contain a dot: ${quote(name)}; for numbers give a list`,
        );
    checkPlaces(this, '', new Map());
  }

  /** All layers in order, with their full names. */
  layers(prefix = ''): NamedLayer[] {
    return [...this.children].flatMap(([name, child]) =>
      child instanceof Sequential ? child.layers(`${prefix}${name}.`) : [{ name: `${prefix}${name}`, layer: child }],
    );
  }

  toConfig(): NetworkConfig {
    const children = [...this.children].map(
      ([name, child]) =>
        [
          name,
          child instanceof Sequential ? child.toConfig() : { type: child.type, arguments: child.arguments() },
        ] as const,
    );
    return { type: 'Sequential', children };
  }

  /**
   * The network of a NetworkConfig, which may come from a file: plain values that must be, to the last one, what
   * `toConfig` gives. It takes memory for the layers' settings only, however large those are: for the numbers a Model
   * does, which checks their size. At most 1,024 layers, at most 32 Sequentials one in the other.
   *
   * @throws HeddleError ARGUMENT saying where, what was expected and what was found
   */
  static fromConfig(config: unknown): Sequential {
    const network = readConfig(config, []);
    if (!(network instanceof Sequential))
      throw new HeddleError('ARGUMENT', `network configuration: expected a Sequential, found ${network.type}`);
    const count = network.layers().length;
    if (count > MAX_LAYERS)
      throw new HeddleError('ARGUMENT', `network configuration: expected at most ${MAX_LAYERS} layers, found ${count}`);
    return network;
  }
}

/** @throws HeddleError ARGUMENT naming both places of an object that stands at two */
function checkPlaces({ children }: Sequential, prefix: string, places: Map<Layer | Sequential, string>): void {
  for (const [name, child] of children) {
    const place = `${prefix}${name}`;
    const other = places.get(child);
    if (other !== undefined) {
      const type = child instanceof Sequential ? 'Sequential' : child.type;
      throw new HeddleError(
        'ARGUMENT',
        `children ${quote(other)} and ${quote(place)} are one ${type}, which would have weights of its own at each place; ` +
          'make a new one for each',
      );
    }
    places.set(child, place);
    if (child instanceof Sequential) checkPlaces(child, `${place}.`, places);
  }
}

const MAX_LAYERS = 1024;
const MAX_DEPTH = 32;

/** @param path the names of all that it stands in */
function readConfig(config: unknown, path: readonly string[]): Layer | Sequential {
  try {
    if (!isPlainObject(config) || typeof config.type !== 'string') throw wrong('an object with a type', config);
    const { type, ...rest } = config;
    const content = type === 'Sequential' ? 'children' : 'arguments';
    const list = rest[content];
    if (!Array.isArray(list) || Object.keys(rest).length > 1) throw wrong(`type and a list of ${content}`, rest);
    return type === 'Sequential' ? readChildren(list, path) : createLayer(type, list);
  } catch (error) {
    // Only the innermost place is named.
    if (!(error instanceof HeddleError) || error.cause instanceof HeddleError) throw error;
    const place = quote(['network', ...path].join('.'));
    throw new HeddleError('ARGUMENT', `network configuration, ${place}: ${error.message}`, { cause: error });
  }
}

function readChildren(list: readonly unknown[], path: readonly string[]): Sequential {
  if (path.length === MAX_DEPTH) throw wrong(`at most ${MAX_DEPTH} Sequentials one in the other`, 'more');
  const children = new Map<string, Layer | Sequential>();
  for (const pair of list) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string')
      throw wrong('children as pairs of a name and a configuration', pair);
    const [name, child] = pair;
    if (children.has(name)) throw wrong('each name once', name);
    children.set(name, readConfig(child, [...path, name]));
  }
  const listed = [...children.keys()].every((name, i) => name === String(i));
  return new Sequential(listed ? [...children.values()] : Object.fromEntries(children));
}

function wrong(expected: string, found: unknown): HeddleError {
  return new HeddleError('ARGUMENT', `expected ${expected}, found ${kindOf(found)}`);
}
