import { HeddleError, quote } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import { mapOf, type Named } from '../tensor/named.js';
import { kindOf, nearest, required, texts } from '../validate.js';
import { lastLayer } from './lastLayer.js';
import { isGraph } from './modelOptions.js';
import { matching, pathsWithin } from './names.js';

/** Modules that training leaves as they are, by patterns of their paths: names for the option `frozen` of a Trainer, which
 * freezes all that stands in them too. In a pattern `*` stands for any characters, as in Python's fnmatch; the pattern `all` for
 * all modules but the last layer.
 *
 * @param state of the network, in a Map or an object by name, as `stateDict` and the tensors that `loadSafetensors` gives
 * @returns their paths, but for modules that stand in one that is named
 * @throws HeddleError ARGUMENT for a pattern that no module's path has, with the paths that there are */
export function frozenBy(graph: Graph, state: Named<unknown>, patterns: readonly string[]): string[] {
  required("frozenBy(graph, state, ['layer1', 'layer2'])", { graph, state, patterns });
  if (!isGraph(graph))
    throw new HeddleError('ARGUMENT', `graph must be the graph of a network, model.graph, not ${kindOf(graph)}`);
  texts('patterns', patterns);
  const last = lastLayer(graph, mapOf('the state dict', state).keys());
  const paths = graph.modules.map(({ path }) => path).filter((path) => path !== '');
  const found = patterns.flatMap((pattern) => {
    const matches = pattern === 'all' ? paths.filter(without(graph, last)) : paths.filter(matching(pattern));
    if (matches.length === 0) throw noneOf(pattern, paths);
    return matches;
  });
  return paths.filter((path) => found.includes(path) && !found.some((other) => path.startsWith(`${other}.`)));
}

/** Whether a module neither is the last layer nor holds it. */
const without = (graph: Graph, last: string | undefined) => (path: string) =>
  last === undefined || !pathsWithin(graph, path).has(last);

function noneOf(pattern: string, paths: readonly string[]): HeddleError {
  const near = nearest(pattern, paths);
  const children = paths.filter((path) => !path.includes('.'));
  const advice = near
    ? `did you mean ${quote(near)}?`
    : `its modules are ${children.join(', ')} and what stands in them`;
  return new HeddleError('ARGUMENT', `no module of the network has a path like ${quote(pattern)}; ${advice}`);
}
