import ndarray from 'ndarray';
import { HeddleError, shown } from '../errors.js';
import type { Parameter } from '../layers/layer.js';
import { loadStateDict } from '../network/stateDict.js';
import { isTensor, rowMajor, type TensorSource, type TensorView } from '../tensor/view.js';
import { isPlainObject, options, plainObject, required } from '../validate.js';
import { learningRates, setLearningRates } from './groups.js';
import type { UpdateGroup, UpdateRule, Updates } from './updates.js';

/** What torch.optim's state_dict() gives, as plain values with tensors: what is remembered of each parameter, and the settings
 * of the groups. */
export interface OptimizerStateDict {
  /** By the parameters' numbers, in the order of the groups: PyTorch's names and shapes. Empty before the first step. */
  readonly state: Readonly<Record<number, Readonly<Record<string, TensorSource>>>>;
  readonly param_groups: readonly ParamGroup[];
}

export interface ParamGroup {
  /** Numbers of parameters. */
  readonly params: readonly number[];
  readonly lr: number;
  /** The other settings, by PyTorch's names. */
  readonly [setting: string]: unknown;
}

/** The updates of a model, and how often they were made. */
export interface CountedUpdates extends Updates {
  steps: number;
}

/** One of param_groups: parameters of one group, or of none, that have the same weight decay. */
interface Section extends UpdateGroup {
  /** That of its learning rate. */
  readonly place: number;
  readonly weightDecay: number;
}

const sectionsOf = (groups: Updates['groups']): Section[] =>
  groups.flatMap(({ rule, group, members }, place) => {
    const decayOf = ({ shape }: Parameter) => rule.weightDecayOf(shape, group);
    const decays = [...new Set(members.map(decayOf))].sort((a, b) => b - a);
    return decays.map((weightDecay) => ({
      rule,
      group,
      place,
      weightDecay,
      members: members.filter((parameter) => decayOf(parameter) === weightDecay),
    }));
  });

/** The parameters in the order of their numbers, each with the rule that updates it. */
const numbered = (sections: readonly Section[]) =>
  sections.flatMap(({ rule, members }) => members.map((parameter) => ({ rule, parameter })));

export function optimizerStateDict(
  optimizer: UpdateRule,
  { state, groups, steps }: CountedUpdates,
): OptimizerStateDict {
  const sections = sectionsOf(groups);
  const rates = learningRates(optimizer);
  const members = numbered(sections);
  const remembered = ({ rule, parameter: { name } }: (typeof members)[number]) => {
    const counted = rule.countsSteps() ? { step: ndarray(Float32Array.of(steps), []) } : {};
    const tensors = rule.stateNames().map((key) => [key, state.get(`${name}.${key}`) as TensorView]);
    return { ...counted, ...Object.fromEntries(tensors) };
  };
  return {
    state: Object.fromEntries(steps === 0 ? [] : members.map((member, i) => [i, remembered(member)])),
    param_groups: sections.map(({ rule, place, weightDecay, members: own }) => ({
      lr: rates[place],
      ...rule.settings(),
      weight_decay: weightDecay,
      params: own.map((one) => members.findIndex(({ parameter }) => parameter === one)),
    })),
  };
}

/** @throws HeddleError STATE_DICT naming all that does not fit; nothing is changed then */
export function loadOptimizerState(optimizer: UpdateRule, updates: CountedUpdates, given: OptimizerStateDict): void {
  const { state, param_groups } = checkForm('optimizer.loadStateDict(model, { state, param_groups })', given);
  const sections = sectionsOf(updates.groups);
  check(optimizer, misfits(sections, param_groups));
  const members = numbered(sections);
  const numbers = param_groups.flatMap(({ params }) => params);
  const strays = Object.keys(state).filter((number) => !numbers.includes(Number(number)));
  check(
    optimizer,
    strays.map((number) => `state.${number} is of no parameter in param_groups`),
  );
  const found = new Map<string, TensorSource>();
  const steps = new Set<number>();
  for (const [number, remembered] of Object.entries(state))
    for (const [key, value] of Object.entries(remembered)) {
      if (key === 'step') steps.add(numberOf(value));
      // PyTorch has None for the momentum of an SGD that has none.
      else if (value !== null) found.set(`state.${numbers.indexOf(Number(number))}.${key}`, value);
    }
  const isFresh = found.size === 0 && steps.size === 0;
  const isCounted = members.some(({ rule }) => rule.countsSteps());
  if (!isFresh && isCounted) check(optimizer, wrongSteps([...steps]));
  const own = members.flatMap(({ rule, parameter: { name } }, i) =>
    rule.stateNames().map((key) => [`state.${i}.${key}`, updates.state.get(`${name}.${key}`) as TensorView] as const),
  );
  if (isFresh) for (const [, { data }] of own) data.fill(0 as never);
  else loadStateDict(new Map(own), found);
  updates.steps = isFresh ? 0 : isCounted ? [...steps][0] : 1;
  const rates = [...learningRates(optimizer)];
  for (const [i, { place }] of sections.entries()) rates[place] = param_groups[i].lr;
  setLearningRates(optimizer, rates);
}

/** @throws HeddleError ARGUMENT for what has not the form of torch.optim's state_dict() */
export function checkForm(form: string, given: OptimizerStateDict): OptimizerStateDict {
  const parts = options(form, given, { state: undefined, param_groups: undefined });
  required(form, parts);
  const { state, param_groups } = parts;
  plainObject('state', state);
  for (const [number, remembered] of Object.entries(state)) plainObject(`state.${number}`, remembered);
  if (!areGroups(param_groups))
    throw new HeddleError('ARGUMENT', `param_groups must be a list of objects with params, not ${shown(param_groups)}`);
  return { state, param_groups };
}

export const areGroups = (groups: unknown): groups is readonly ParamGroup[] =>
  Array.isArray(groups) && groups.every((group) => isPlainObject(group) && Array.isArray(group.params));

function check({ type }: UpdateRule, problems: readonly string[]): void {
  if (problems.length > 0)
    throw new HeddleError('STATE_DICT', `the state does not fit this ${type}: ${problems.join('; ')}`);
}

/** Settings of PyTorch's optimizers that change the update, and that heddle's do not have. */
const unknownSettings = ['amsgrad', 'maximize'];

function misfits(sections: readonly Section[], groups: readonly ParamGroup[]): string[] {
  const counts = (lists: readonly (readonly unknown[])[]) => `[${lists.map(({ length }) => length).join(', ')}]`;
  const [found, wanted] = [counts(groups.map(({ params }) => params)), counts(sections.map(({ members }) => members))];
  if (found !== wanted) return [`its groups have ${found} parameters, the optimizer's have ${wanted}`];
  const rates = new Map<number, number>();
  return groups.flatMap((group, i) => {
    const { rule, place, weightDecay } = sections[i];
    const settings = { ...rule.settings(), weight_decay: weightDecay };
    const differ = Object.entries(settings)
      .filter(([name, value]) => group[name] !== undefined && JSON.stringify(group[name]) !== JSON.stringify(value))
      .map(([name, value]) => `${name} is ${shown(group[name])}, the optimizer's is ${shown(value)}`);
    const unknown = unknownSettings.filter((name) => group[name] === true).map((name) => `${name} is not known here`);
    const { lr } = group;
    const isRate = Number.isFinite(lr) && lr >= 0 && lr === (rates.get(place) ?? lr);
    rates.set(place, lr);
    const rate = isRate ? [] : [`lr is ${shown(lr)}; expected a number of 0 or more, and one for each group`];
    return [...differ, ...unknown, ...rate].map((problem) => `param_groups[${i}].${problem}`);
  });
}

const numberOf = (value: unknown) =>
  typeof value === 'object' && isTensor(value as TensorSource)
    ? Number(rowMajor(value as TensorSource)[0])
    : Number(value);

const wrongSteps = (steps: readonly number[]) =>
  steps.length === 1 && Number.isSafeInteger(steps[0]) && steps[0] >= 0
    ? []
    : [`expected one number of steps for all parameters, found ${steps.length === 0 ? 'none' : steps.join(' and ')}`];
