import { HeddleError, quote } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import type { Parameter } from '../layers/layer.js';
import { firstName, namesOf, pathsWithin, splitName } from '../network/names.js';
import { inRange, kindOf, nearest, options, required } from '../validate.js';

/** Parameters with settings of their own, as one of torch.optim's param_groups. */
export interface ParameterGroup {
  /** Paths of modules, which stand for all parameters in them, names of parameters, and modules of the network. Or 'vectors':
   * the parameters of one dimension that no other group has, which are biases and the weights of BatchNorm. */
  readonly parameters: readonly (string | Module)[] | 'vectors';
  /** Default the optimizer's. A loop of your own may change it from step to step, as the optimizer's. */
  learningRate?: number;
  /** Default the optimizer's. */
  readonly weightDecay?: number;
}

/** What has groups: an optimizer. */
export interface Grouped {
  readonly type: string;
  learningRate: number;
  readonly groups?: readonly ParameterGroup[];
  /** What it updates, as groups name it, where that is not left to it. */
  readonly parameters?: readonly (string | Module)[];
  /** The optimizer of the parameters that this one does not update, such as Muon's. */
  readonly others?: Grouped;
}

/** Copies of an optimizer's groups. @throws HeddleError ARGUMENT for what is none */
export function checkGroups(optimizer: string, groups: readonly ParameterGroup[]): readonly ParameterGroup[] {
  if (!Array.isArray(groups))
    throw new HeddleError('ARGUMENT', `${optimizer} groups must be a list, not ${kindOf(groups)}`);
  const form = "groups: [{ parameters: ['classifier'], learningRate: 0.01, weightDecay: 0 }]";
  const vectors = groups.filter((group) => group?.parameters === 'vectors').length;
  if (vectors > 1)
    throw new HeddleError('ARGUMENT', `${optimizer} groups: expected one group of 'vectors' at most, found ${vectors}`);
  return groups.map((group: ParameterGroup, i) => {
    const defaults = { parameters: undefined, learningRate: undefined, weightDecay: undefined };
    const { parameters, learningRate, weightDecay } = options(form, group, defaults);
    required(form, { parameters });
    if (!Array.isArray(parameters) && parameters !== 'vectors')
      throw new HeddleError(
        'ARGUMENT',
        `${optimizer} groups[${i}].parameters must be a list of modules and names, or 'vectors', not ${kindOf(parameters)}`,
      );
    const given = Object.entries({ learningRate, weightDecay }).filter(([, value]) => value !== undefined);
    for (const [name, value] of given)
      inRange(`${optimizer} groups[${i}].${name}`, value as number, 0, Number.MAX_VALUE);
    return { parameters, ...Object.fromEntries(given) };
  });
}

/** The learning rates of the parameters in no group, then of each group, then those of the others' optimizer.
 * @throws HeddleError ARGUMENT for one that is no rate, as people may have set it */
export function learningRates({ type, learningRate, groups = [], others }: Grouped): readonly number[] {
  const check = (name: string, rate: number) => inRange(`${type} ${name}`, rate, 0, Number.MAX_VALUE);
  const ofGroup = (group: ParameterGroup, i: number) =>
    check(`groups[${i}].learningRate`, group.learningRate ?? learningRate);
  return [check('learningRate', learningRate), ...groups.map(ofGroup), ...(others ? learningRates(others) : [])];
}

/** Takes over rates in the order in which `learningRates` gives them. A group without a rate of its own gets none as long as it
 * has the optimizer's. */
export function setLearningRates(optimizer: Grouped, [learningRate, ...rates]: readonly number[]): void {
  const { groups = [], others } = optimizer;
  optimizer.learningRate = learningRate;
  for (const [i, group] of groups.entries())
    if (group.learningRate !== undefined || rates[i] !== learningRate) group.learningRate = rates[i];
  if (others) setLearningRates(others, rates.slice(groups.length));
}

/** An optimizer's groups with a path in the place of each module. @throws HeddleError ARGUMENT as namesOf */
export const namedGroups = ({ type, groups = [] }: Grouped, network: Module | undefined) =>
  groups.map((group, i) => ({
    ...group,
    parameters:
      group.parameters === 'vectors'
        ? group.parameters
        : namesOf(`${type} groups[${i}].parameters`, network, group.parameters),
  }));

/** What a model has for an optimizer to find parameters by. */
export interface ParameterNames {
  readonly graph: Pick<Graph, 'modules' | 'nodes' | 'outputs'>;
  readonly network: Module | undefined;
}

/** The parameters in no group, then each group's, in the order of its names.
 *
 * @throws HeddleError ARGUMENT for a name of none of the network's, for a parameter in two groups, and for vectors
 *   where there are none */
export function groupParameters(
  optimizer: Grouped,
  { graph, network }: ParameterNames,
  parameters: readonly Parameter[],
): (readonly Parameter[])[] {
  const groupOf = new Map<Parameter, number>();
  const given = namedGroups(optimizer, network);
  const groups = given.map(({ parameters: names }, i) => {
    if (names === 'vectors') return [];
    const what = `${optimizer.type} groups[${i}].parameters`;
    const members = names.flatMap((name, j) => parametersOf(`${what}[${j}]`, graph, name, parameters));
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
  const others = parameters.filter((parameter) => !groupOf.has(parameter));
  const place = given.findIndex((group) => group.parameters === 'vectors');
  if (place < 0) return [others, ...groups];
  const isVector = ({ shape }: Parameter) => shape.length === 1;
  const vectors = others.filter(isVector);
  if (vectors.length === 0)
    throw new HeddleError(
      'ARGUMENT',
      `${optimizer.type} groups[${place}].parameters: 'vectors' are the parameters of one dimension that no other group has; ` +
        'found none in the network; leave the group away',
    );
  return [others.filter((parameter) => !isVector(parameter)), ...groups.with(place, vectors)];
}

/** Those in the module of a name, or the one with it. @throws HeddleError ARGUMENT where there are none */
export function parametersOf(
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
