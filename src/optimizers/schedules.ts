import { HeddleError } from '../errors.js';
import { cosPi, power } from '../tensor/transcendental.js';
import { inRange, isPlainObject, kindOf, oneOf, options, required, wholeNumber } from '../validate.js';

/** The learning rate as a function of the step, in shares of the optimizer's:
 * - `step`: times `gamma` after every `stepSize` steps, as torch.optim.lr_scheduler.StepLR;
 * - `cosine`: rises in equal steps over the first `warmupSteps` (default 0), then falls along a cosine towards 0 over the
 *   others of `totalSteps`, as CosineAnnealingLR. Loshchilov and Hutter, 2017;
 * - `oneCycle`: OneCycleLR with the optimizer's rate as max_lr, cosines and a momentum that stays as it is: from 1 /
 *   `divFactor` (default 25) up over the share `pctStart` (0.3) of the steps, then down to 1 / `divFactor` /
 *   `finalDivFactor` (1e4). Smith and Topin, 2019.
 * Steps beyond `totalSteps` keep the last one's rate. */
export type Schedule =
  | { readonly type: 'constant' }
  | { readonly type: 'step'; readonly stepSize: number; readonly gamma: number }
  | { readonly type: 'cosine'; readonly totalSteps: number; readonly warmupSteps?: number }
  | {
      readonly type: 'oneCycle';
      readonly totalSteps: number;
      readonly pctStart?: number;
      readonly divFactor?: number;
      readonly finalDivFactor?: number;
    };

const settingsOf: Record<Schedule['type'], Readonly<Record<string, undefined>>> = {
  constant: {},
  step: { stepSize: undefined, gamma: undefined },
  cosine: { totalSteps: undefined, warmupSteps: undefined },
  oneCycle: { totalSteps: undefined, pctStart: undefined, divFactor: undefined, finalDivFactor: undefined },
};

/** @throws HeddleError ARGUMENT for settings that make no schedule */
export function checkSchedule(schedule: Schedule): void {
  const types = Object.keys(settingsOf) as Schedule['type'][];
  if (!isPlainObject(schedule))
    throw new HeddleError(
      'ARGUMENT',
      `schedule must be an object with a type, one of ${types.join(', ')}, not ${kindOf(schedule)}`,
    );
  const { type, ...settings } = schedule;
  oneOf('schedule type', type, types);
  const form = ['schedule: { type', ...Object.keys(settingsOf[type])].join(', ');
  options(`${form} }`, settings, settingsOf[type]);
  if (schedule.type === 'step') {
    wholeNumber('stepSize', schedule.stepSize, 1);
    inRange('gamma', schedule.gamma, 0, Number.MAX_VALUE);
  }
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
}

/** By what the learning rate of training step `step`, counted from 0, is multiplied.
 *
 * @throws HeddleError ARGUMENT for settings that make no schedule, or what is no step */
export function learningRateFactor(schedule: Schedule, step: number): number {
  required('learningRateFactor(schedule, step)', { schedule, step });
  checkSchedule(schedule);
  return factorAt(schedule, wholeNumber('step', step, 0));
}

/** The same of a schedule that has been checked, as a Trainer's has before its first step. */
export function factorAt(schedule: Schedule, step: number): number {
  if (schedule.type === 'constant') return 1;
  if (schedule.type === 'step') return power(schedule.gamma, Math.floor(step / schedule.stepSize));
  const place = Math.min(step, schedule.totalSteps - 1);
  if (schedule.type === 'cosine') {
    const { totalSteps, warmupSteps = 0 } = schedule;
    return place < warmupSteps
      ? (place + 1) / (warmupSteps + 1)
      : along(1, 0, (place - warmupSteps) / (totalSteps - warmupSteps));
  }
  const { totalSteps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = schedule;
  const [peak, last] = [pctStart * totalSteps - 1, totalSteps - 1];
  return place <= peak
    ? along(1 / divFactor, 1, peak > 0 ? place / peak : 1)
    : along(1, 1 / divFactor / finalDivFactor, (place - peak) / (last - peak));
}

/** The way from one value to another, along half a cosine. */
const along = (from: number, to: number, share: number) => to + ((from - to) / 2) * (1 + cosPi(share));
