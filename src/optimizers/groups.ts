import { HeddleError, quote } from '../errors.js';
import { type Graph, stateName } from '../graph/graph.js';
import { isModule, type Module } from '../graph/module.js';
import type { Parameter } from '../layers/layer.js';
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
    const what = `${optimizer} groups[${i}]`;
    const defaults = { parameters: undefined, learningRate: undefined, weightDecay: undefined };
    const { parameters, learningRate, weightDecay } = options(form, group, defaults);
    required(form, { parameters });
    if (!Array.isArray(parameters) || parameters.length === 0)
      throw new HeddleError(
        'ARGUMENT',
        `${what}.parameters must be a list of names and modules, not ${Array.isArray(parameters) ? 'an empty one' : kindOf(parameters)}`,
      );
    for (const [j, item] of parameters.entries())
      if (typeof item !== 'string' && !isModule(item))
        throw new HeddleError('ARGUMENT', `${what}.parameters[${j}] must be a name or a module, not ${kindOf(item)}`);
    const [rate, decay] = Object.entries({ learningRate, weightDecay }).map(([name, value]) =>
      value === undefined ? {} : { [name]: inRange(`${what}.${name}`, value, 0, Number.MAX_VALUE) },
    );
    return { parameters, ...rate, ...decay };
  });
}

/** The learning rates of the parameters in no group, then of each group. */
export const learningRates = ({ learningRate, groups = [] }: Omit<Grouped, 'type'>): readonly number[] => [
  learningRate,
  ...groups.map((group) => group.learningRate ?? learningRate),
];

/** An optimizer's groups with a path in the place of each module.
 *
 * @param paths of the network's modules
 * @throws HeddleError ARGUMENT for a module that does not stand in the network */
export const namedGroups = ({ type, groups = [] }: Grouped, paths: ReadonlyMap<Module, string>) =>
  groups.map(({ parameters, ...settings }, i) => ({
    ...settings,
    parameters: parameters.map((item, j): string => {
      const name = typeof item === 'string' ? item : paths.get(item);
      if (name !== undefined) return name;
      throw new HeddleError(
        'ARGUMENT',
        `${type} groups[${i}].parameters[${j}]: expected a module of the network, found ${kindOf(item)} that does not stand in it; ` +
          'if it is in a graph or a file now, give its path',
      );
    }),
  }));

/** What a network has for an optimizer to find parameters by. */
export interface ParameterNames {
  readonly graph: Pick<Graph, 'modules'>;
  readonly modulePaths: ReadonlyMap<Module, string>;
}

/** The parameters in no group, then each group's, in the order of its names.
 *
 * @throws HeddleError ARGUMENT for a name of none of the network's, and for a parameter in two groups */
export function groupParameters(
  optimizer: Grouped,
  { graph, modulePaths }: ParameterNames,
  parameters: readonly Parameter[],
): (readonly Parameter[])[] {
  const groupOf = new Map<Parameter, number>();
  const grouped = namedGroups(optimizer, modulePaths).map((group, i) =>
    group.parameters.flatMap((given, j) => {
      const what = `${optimizer.type} groups[${i}]`;
      const name = firstName(graph, given);
      const found = parameters.filter((one) => name === '' || one.name === name || one.name.startsWith(`${name}.`));
      if (found.length === 0) throw unknownName(`${what}.parameters[${j}]`, given, parameters);
      for (const parameter of found) {
        const other = groupOf.get(parameter);
        if (other !== undefined)
          throw new HeddleError(
            'ARGUMENT',
            `${what}: parameter ${quote(parameter.name)} is ${other === i ? 'twice in it' : `in groups[${other}] too`}; a parameter belongs to one group, once`,
          );
        groupOf.set(parameter, i);
      }
      return found;
    }),
  );
  return [parameters.filter((parameter) => !groupOf.has(parameter)), ...grouped];
}

/** The first of the names of a module or a parameter, which may stand at several places. */
function firstName({ modules }: ParameterNames['graph'], name: string): string {
  const pathOf = (path: string) => modules.find((module) => module.path === path)?.sameAs ?? path;
  const dot = name.lastIndexOf('.');
  return modules.some(({ path }) => path === name)
    ? pathOf(name)
    : stateName(pathOf(name.slice(0, Math.max(0, dot))), name.slice(dot + 1));
}

function unknownName(what: string, name: string, parameters: readonly Parameter[]): HeddleError {
  const known = new Set(
    parameters.flatMap((parameter) => {
      const parts = parameter.name.split('.');
      return parts.map((_, i) => parts.slice(0, i + 1).join('.'));
    }),
  );
  const near = nearest(name, [...known]);
  const advice = near
    ? `did you mean ${quote(near)}?`
    : `its parameters are ${parameters.map((one) => one.name).join(', ')}`;
  return new HeddleError(
    'ARGUMENT',
    `${what}: the network has no parameter or module with parameters ${quote(name)}; ${advice}`,
  );
}
