import { HeddleError } from '../errors.js';
import { type Graph, stateName } from '../graph/graph.js';
import { isModule, type Module, namedModules } from '../graph/module.js';
import { kindOf } from '../validate.js';

/** Modules and parameters of a network by their names, of a module its path.
 *
 * @param network undefined where there is a graph alone, which knows modules by their paths
 * @throws HeddleError ARGUMENT for what is neither a name nor a module of the network */
export function namesOf(
  what: string,
  network: Module | undefined,
  items: readonly (string | Module)[],
): readonly string[] {
  if (!Array.isArray(items))
    throw new HeddleError('ARGUMENT', `${what} must be a list of modules and names, not ${kindOf(items)}`);
  const modules = network ? namedModules(network) : [];
  return items.map((item, i) => {
    if (typeof item === 'string') return item;
    const found = modules.find(({ module }) => module === item);
    if (found) return found.path;
    throw new HeddleError(
      'ARGUMENT',
      `${what}[${i}]: expected a module of the network, its path or a parameter's name, found ` +
        (isModule(item) ? `${kindOf(item)} that does not stand in it` : kindOf(item)),
    );
  });
}

/** The path of a parameter's module, and its name there. */
export function splitName(name: string): { path: string; key: string } {
  const dot = name.lastIndexOf('.');
  return { path: name.slice(0, Math.max(0, dot)), key: name.slice(dot + 1) };
}

/** The first paths of a module and of all that stand in it; none for what is no module's path. */
export function pathsWithin({ modules }: Pick<Graph, 'modules'>, name: string): Set<string> {
  const within = modules.filter(({ path }) => name === '' || path === name || path.startsWith(`${name}.`));
  return new Set(within.map(({ path, sameAs = path }) => sameAs));
}

/** The first of a parameter's names, whose module may stand at several places. */
export function firstName({ modules }: Pick<Graph, 'modules'>, name: string): string {
  const { path, key } = splitName(name);
  return stateName(modules.find((module) => module.path === path)?.sameAs ?? path, key);
}

/** Whether a path is like a pattern, in which `*` stands for any characters, as in Python's fnmatch. */
export function matching(pattern: string): (path: string) => boolean {
  const literal = (text: string) => text.replace(/[\\^$.+?()[\]{}|]/g, '\\$&');
  const expression = new RegExp(`^${pattern.split('*').map(literal).join('.*')}$`);
  return (path) => expression.test(path);
}
