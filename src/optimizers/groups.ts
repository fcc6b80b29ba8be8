import { HeddleError, quote } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import type { Parameter } from '../layers/layer.js';
import { firstName, namesOf, pathsWithin, splitName } from '../network/names.js';
import { inRange, kindOf, nearest, options, required } from '../validate.js';

/** Parameters with settings of their own, as one of torch.optim's param_groups. */
export interface ParameterGroup {
  /** Paths of modules, which stand for all parameters in them, names of parameters, and modules of the network. */
  readonly parameters: readonly (string | Module)[];
  /** Default the optimizer's. A loop of your own may change it from step to step, as the optimizer's. */
  learningRate?: number;
  /** Default the optimizer's. */
  readonly weightDecay?: number;
}

/** What has groups: an optimizer. */
export interface Grouped {
  readonly type: string;
  readonly learningRate: number;
  readonly groups?: readonly ParameterGroup[];
}

/** Copies of an optimizer's groups. @throws HeddleError ARGUMENT for what is none */
export function checkGroups(optimizer: string, groups: readonly ParameterGroup[]): readonly ParameterGroup[] {
  if (!Array.isArray(groups))
    throw new HeddleError('ARGUMENT', `${optimizer} groups must be a list, not ${kindOf(groups)}`);
  const form = "groups: [{ parameters: ['classifier'], learningRate: 0.01, weightDecay: 0 }]";
  return groups.map((group: ParameterGroup, i) => {
    const defaults = { parameters: undefined, learningRate: undefined, weightDecay: undefined };
    const { parameters, learningRate, weightDecay } = options(form, group, defaults);
    required(form, { parameters });
    const given = Object.entries({ learningRate, weightDecay }).filter(([, value]) => value !== undefined);
    for (const [name, value] of given)
      inRange(`${optimizer} groups[${i}].${name}`, value as number, 0, Number.MAX_VALUE);
    return { parameters, ...Object.fromEntries(given) };
  });
}

/** The learning rates of the parameters in no group, then of each group. */
export const learningRates = ({ learningRate, groups = [] }: Omit<Grouped, 'type'>): readonly number[] => [
  learningRate,
  ...groups.map((group) => group.learningRate ?? learningRate),
];

/** An optimizer's groups with a path in the place of each module. @throws HeddleError ARGUMENT as namesOf */
export const namedGroups = ({ type, groups = [] }: Grouped, network: Module | undefined) =>
  groups.map((group, i) => ({
    ...group,
    parameters: namesOf(`${type} groups[${i}].parameters`, network, group.parameters),
  }));

/** What a model has for an optimizer to find parameters by. */
export interface ParameterNames {
  readonly graph: Pick<Graph, 'modules'>;
  readonly network: Module | undefined;
}

/** The parameters in no group, then each group's, in the order of its names.
 *
 * @throws HeddleError ARGUMENT for a name of none of the network's, and for a parameter in two groups */
export function groupParameters(
  optimizer: Grouped,
  { graph, network }: ParameterNames,
  parameters: readonly Parameter[],
): (readonly Parameter[])[] {
  const groupOf = new Map<Parameter, number>();
  const groups = namedGroups(optimizer, network).map((group, i) => {
    const what = `${optimizer.type} groups[${i}].parameters`;
    const members = group.parameters.flatMap((name, j) => parametersOf(`${what}[${j}]`, graph, name, parameters));
    for (const parameter of members) {
      const other = groupOf.get(parameter);
      if (other !== undefined)
        throw new HeddleError(
          'ARGUMENT',
          `${what}: ${quote(parameter.name)} is in groups[${other}] already; expected each parameter in one group, once`,
        );
      groupOf.set(parameter, i);
    }
    return members;
  });
  return [parameters.filter((parameter) => !groupOf.has(parameter)), ...groups];
}

/** Those in the module of a name, or the one with it. */
function parametersOf(
  what: string,
  graph: ParameterNames['graph'],
  name: string,
  parameters: readonly Parameter[],
): readonly Parameter[] {
  const paths = pathsWithin(graph, name);
  const isMeant = (parameter: Parameter) =>
    paths.size > 0 ? paths.has(splitName(parameter.name).path) : parameter.name === firstName(graph, name);
  const found = parameters.filter(isMeant);
  if (found.length > 0) return found;
  const names = [...graph.modules.map(({ path }) => path), ...parameters.map((parameter) => parameter.name)];
  const near = paths.size > 0 ? undefined : nearest(name, names.filter(Boolean));
  throw new HeddleError(
    'ARGUMENT',
    `${what}: expected a parameter of the network, or a module with parameters, found ${quote(name)}` +
      (near
        ? `; did you mean ${quote(near)}?`
        : `; there are ${parameters.map((parameter) => parameter.name).join(', ')}`),
  );
}
