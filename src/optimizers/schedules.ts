import { HeddleError } from '../errors.js';
import { cosPi, power } from '../tensor/transcendental.js';
import { inRange, isPlainObject, kindOf, oneOf, options, required, text, wholeNumber } from '../validate.js';
import { checkPlateau, type PlateauOptions, plateauDefaults } from './plateau.js';

/** The learning rate as a function of the step, in shares of the optimizer's:
 * - `step`: times `gamma` after every `stepSize` steps, as torch.optim.lr_scheduler.StepLR;
 * - `multiStep`: times `gamma` after each of so many steps, as MultiStepLR;
 * - `exponential`: times `gamma` after every step, as ExponentialLR;
 * - `cosine`: rises in equal steps over the first `warmupSteps` (default 0), then falls along a cosine towards 0 over the
 *   others of `totalSteps`, as CosineAnnealingLR. Loshchilov and Hutter, 2017;
 * - `oneCycle`: OneCycleLR with the optimizer's rate as max_lr, cosines and a momentum that stays as it is: from 1 /
 *   `divFactor` (default 25) up over the share `pctStart` (0.3) of the steps, then down to 1 / `divFactor` /
 *   `finalDivFactor` (1e4). Smith and Topin, 2019;
 * - `triangular`: straight from `startFactor` (default 0) up to 1 over the share `pctStart` (0.3) of the steps, in whole ones,
 *   then straight towards `endFactor` (0), which the step behind the last would have: two LinearLR, one behind the other.
 * Steps beyond `totalSteps` keep the last one's rate. */
export type Schedule =
  | { readonly type: 'constant' }
  | { readonly type: 'step'; readonly stepSize: number; readonly gamma: number }
  | { readonly type: 'multiStep'; readonly milestones: readonly number[]; readonly gamma: number }
  | { readonly type: 'exponential'; readonly gamma: number }
  | { readonly type: 'cosine'; readonly totalSteps: number; readonly warmupSteps?: number }
  | {
      readonly type: 'oneCycle';
      readonly totalSteps: number;
      readonly pctStart?: number;
      readonly divFactor?: number;
      readonly finalDivFactor?: number;
    }
  | {
      readonly type: 'triangular';
      readonly totalSteps: number;
      readonly pctStart?: number;
      readonly startFactor?: number;
      readonly endFactor?: number;
    };

/** ReduceLROnPlateau as a Trainer's schedule: by a metric of the epochs' reports, 'validationLoss' unless told otherwise.
 * `mode` is 'max' for an accuracy. */
export type PlateauSchedule<Metric extends string = string> = PlateauOptions & {
  readonly type: 'plateau';
  readonly metric?: Metric;
};

const settingsOf: Record<(Schedule | PlateauSchedule)['type'], Readonly<Record<string, undefined>>> = {
  constant: {},
  step: { stepSize: undefined, gamma: undefined },
  multiStep: { milestones: undefined, gamma: undefined },
  exponential: { gamma: undefined },
  cosine: { totalSteps: undefined, warmupSteps: undefined },
  oneCycle: { totalSteps: undefined, pctStart: undefined, divFactor: undefined, finalDivFactor: undefined },
  triangular: { totalSteps: undefined, pctStart: undefined, startFactor: undefined, endFactor: undefined },
  plateau: {
    metric: undefined,
    mode: undefined,
    factor: undefined,
    patience: undefined,
    threshold: undefined,
    thresholdMode: undefined,
    cooldown: undefined,
    minLearningRate: undefined,
    eps: undefined,
  },
};

/** @throws HeddleError ARGUMENT for settings that make no schedule */
export function checkSchedule(schedule: Schedule | PlateauSchedule): void {
  const types = Object.keys(settingsOf) as (keyof typeof settingsOf)[];
  if (!isPlainObject(schedule))
    throw new HeddleError(
      'ARGUMENT',
      `schedule must be an object with a type, one of ${types.join(', ')}, not ${kindOf(schedule)}`,
    );
  const { type, ...settings } = schedule;
  oneOf('schedule type', type, types);
  const form = ['schedule: { type', ...Object.keys(settingsOf[type])].join(', ');
  options(`${form} }`, settings, settingsOf[type]);
  if (schedule.type === 'step') wholeNumber('stepSize', schedule.stepSize, 1);
  if (schedule.type === 'multiStep') checkMilestones(schedule.milestones);
  if (schedule.type === 'plateau') checkPlateau(plateauSettings(schedule));
  if (schedule.type === 'step' || schedule.type === 'multiStep' || schedule.type === 'exponential')
    inRange('gamma', schedule.gamma, 0, Number.MAX_VALUE);
  if (schedule.type === 'cosine') {
    wholeNumber('totalSteps', schedule.totalSteps, 1);
    inRange('warmupSteps', wholeNumber('warmupSteps', schedule.warmupSteps ?? 0, 0), 0, schedule.totalSteps - 1);
  }
  if (schedule.type === 'oneCycle') {
    wholeNumber('totalSteps', schedule.totalSteps, 1);
    inRange('pctStart', schedule.pctStart ?? 0.3, 0, 1);
    inRange('divFactor', schedule.divFactor ?? 25, 1, Number.MAX_VALUE);
    inRange('finalDivFactor', schedule.finalDivFactor ?? 1e4, 1, Number.MAX_VALUE);
  }
  if (schedule.type === 'triangular') {
    wholeNumber('totalSteps', schedule.totalSteps, 1);
    inRange('pctStart', schedule.pctStart ?? 0.3, 0, 1);
    inRange('startFactor', schedule.startFactor ?? 0, 0, 1);
    inRange('endFactor', schedule.endFactor ?? 0, 0, 1);
  }
}

function checkMilestones(milestones: readonly number[]): void {
  if (!Array.isArray(milestones))
    throw new HeddleError('ARGUMENT', `milestones must be a list of steps, not ${kindOf(milestones)}`);
  for (const [i, step] of milestones.entries())
    wholeNumber(`milestones[${i}]`, step, i === 0 ? 1 : milestones[i - 1] + 1);
}

/** Losses and errors are to be small, all accuracies large. */
export const modeOf = (metric: string): 'min' | 'max' => (metric.endsWith('Accuracy') ? 'max' : 'min');

/** The settings of a plateau's schedule, with their defaults. */
export function plateauSettings<Metric extends string>({ type: _, ...given }: PlateauSchedule<Metric>) {
  const { metric = 'validationLoss' as Metric } = given;
  return options('schedule: { type, metric }', given, {
    ...plateauDefaults,
    mode: modeOf(text('metric', metric)),
    metric,
  });
}

/** By what the learning rate of training step `step`, counted from 0, is multiplied.
 *
 * @throws HeddleError ARGUMENT for settings that make no schedule, or what is no step */
export function learningRateFactor(schedule: Schedule, step: number): number {
  required('learningRateFactor(schedule, step)', { schedule, step });
  checkSchedule(schedule);
  if (schedule.type === ('plateau' as string))
    throw new HeddleError(
      'ARGUMENT',
      'a schedule of type plateau goes by what came of the epochs, not by the step; use new ReduceLROnPlateau(optimizer)',
    );
  return factorAt(schedule, wholeNumber('step', step, 0));
}

/** The same of a schedule that has been checked, as a Trainer's has before its first step. */
export function factorAt(schedule: Schedule | PlateauSchedule, step: number): number {
  if (schedule.type === 'constant' || schedule.type === 'plateau') return 1;
  if (schedule.type === 'step') return power(schedule.gamma, Math.floor(step / schedule.stepSize));
  if (schedule.type === 'exponential') return power(schedule.gamma, step);
  if (schedule.type === 'multiStep')
    return power(schedule.gamma, schedule.milestones.filter((milestone) => milestone <= step).length);
  const place = Math.min(step, schedule.totalSteps - 1);
  if (schedule.type === 'cosine') {
    const { totalSteps, warmupSteps = 0 } = schedule;
    return place < warmupSteps
      ? (place + 1) / (warmupSteps + 1)
      : along(1, 0, (place - warmupSteps) / (totalSteps - warmupSteps));
  }
  if (schedule.type === 'triangular') {
    const { totalSteps, pctStart = 0.3, startFactor = 0, endFactor = 0 } = schedule;
    const peak = Math.floor(pctStart * totalSteps);
    return place < peak
      ? startFactor + ((1 - startFactor) * place) / peak
      : 1 + ((endFactor - 1) * (place - peak)) / (totalSteps - peak);
  }
  const { totalSteps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = schedule;
  const [peak, last] = [pctStart * totalSteps - 1, totalSteps - 1];
  return place <= peak
    ? along(1 / divFactor, 1, peak > 0 ? place / peak : 1)
    : along(1, 1 / divFactor / finalDivFactor, (place - peak) / (last - peak));
}

/** The way from one value to another, along half a cosine. */
const along = (from: number, to: number, share: number) => to + ((from - to) / 2) * (1 + cosPi(share));
