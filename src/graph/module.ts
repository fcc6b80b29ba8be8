import { HeddleError, quote } from '../errors.js';
import { classNameOf, isPlainObject } from '../validate.js';
import type { Value } from './value.js';

/** A network or a part of one, as torch.nn.Module. Its children are its properties that are modules, in lists and plain
 * objects too; the names that lead to a child, joined by dots, are its path, which begins the names of its parameters in
 * the state dict. A child that stands at two places, or is used twice, has one set of parameters; a layer that `forward` does
 * not use has none. */
export abstract class Module {
  /** Takes the sample through the network: called once, when a model is built. */
  abstract forward(x: Value, ...others: Value[]): Value;

  /** As PyTorch's named_children. */
  namedChildren(): (readonly [name: string, child: Module])[] {
    return Object.entries(this).flatMap(([name, value]) => modulesIn(name, value));
  }
}

/** Whether a value is a module; copies of heddle in one program have a class Module each. */
export const isModule = (value: unknown): value is Module =>
  value instanceof Module ||
  (['forward', 'namedChildren'] as const).every((name) => typeof (value as Module | null)?.[name] === 'function');

function modulesIn(name: string, value: unknown): (readonly [string, Module])[] {
  if (isModule(value)) return [[name, value]];
  if (!Array.isArray(value) && !isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => modulesIn(`${name}.${key}`, item));
}

/** A module as the state dict of a network knows it. */
export interface NamedModule {
  readonly path: string;
  readonly module: Module;
  /** The first path to it, where this is another one. */
  readonly sameAs?: string;
}

/** A network and all modules in it, each before its children.
 *
 * @throws HeddleError ARGUMENT for a module that stands in itself */
export function namedModules(network: Module): NamedModule[] {
  const paths = new Map<Module, string>();
  const walk = (module: Module, path: string, within: readonly Module[]): NamedModule[] => {
    if (within.includes(module))
      throw new HeddleError('ARGUMENT', `module ${quote(path)} stands in itself; take the property away`);
    if (/^\.|\.\.|\.$/.test(path) || [...paths.values()].includes(path))
      throw new HeddleError(
        'ARGUMENT',
        `module ${quote(path)}: expected a name that is not empty, without a dot, and no other module of that path`,
      );
    const sameAs = paths.get(module);
    paths.set(module, sameAs ?? path);
    const named = sameAs === undefined ? { path, module } : { path, module, sameAs };
    const children = 'namedChildren' in module ? module.namedChildren() : [];
    return [
      named,
      ...children.flatMap(([name, child]) => walk(child, path === '' ? name : `${path}.${name}`, [...within, module])),
    ];
  };
  return walk(network, '', []);
}

/** The name of a module's class, as PyTorch prints it. */
export const moduleType = (module: Module & { readonly type?: unknown }): string =>
  typeof module.type === 'string' ? module.type : (classNameOf(module.constructor) ?? 'Module');
