import { HeddleError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import { createLayer } from '../layers/registry.js';

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

  constructor(children: readonly (Layer | Sequential)[] | Readonly<Record<string, Layer | Sequential>>) {
    this.children = new Map(Object.entries(children));
    // An object puts whole numbers before all other keys, whatever order they were written in.
    const numbers = Array.isArray(children) ? /^$/ : /^\d+$/;
    for (const name of this.children.keys())
      if (name === '' || name.includes('.') || numbers.test(name))
        throw new HeddleError(
          'ARGUMENT',
          `a child's name must not be empty, contain a dot or be a number: "${name}"; for numbers give a list`,
        );
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

  static fromConfig(config: NetworkConfig): Sequential {
    if (!('children' in config)) throw new HeddleError('ARGUMENT', `expected a Sequential, found ${config.type}`);
    const children = config.children.map(
      ([name, child]) =>
        [name, 'children' in child ? Sequential.fromConfig(child) : createLayer(child.type, child.arguments)] as const,
    );
    const listed = children.every(([name], i) => name === String(i));
    return new Sequential(listed ? children.map(([, child]) => child) : Object.fromEntries(children));
  }
}
