import { HeddleError } from '../errors.js';
import {
  BELOW_ONE,
  inRange,
  instance,
  kindOf,
  oneOf,
  options,
  plainObject,
  required,
  wholeNumber,
} from '../validate.js';
import { learningRates, setLearningRates } from './groups.js';
import { Optimizer } from './optimizer.js';

export type PlateauOptions = {
  /** Whether a lower metric is a better one. Default 'min'. */
  readonly mode?: 'min' | 'max';
  /** By which the learning rates are multiplied: below 1. Default 0.1. */
  readonly factor?: number;
  /** Epochs without a better metric after which the rates still stay. Default 10. */
  readonly patience?: number;
  /** By how much a metric has to be better to count. Default 1e-4. */
  readonly threshold?: number;
  /** Whether `threshold` is a share of the best metric or a difference from it. Default 'rel'. */
  readonly thresholdMode?: 'rel' | 'abs';
  /** Epochs after a reduction that do not count. Default 0. */
  readonly cooldown?: number;
  /** Rates do not fall below it. Default 0. */
  readonly minLearningRate?: number;
  /** A rate that would fall by no more than this stays. Default 1e-8. */
  readonly eps?: number;
};

/** What a plateau scheduler remembers between epochs: plain values. */
export interface PlateauState {
  /** Absent before the first epoch. */
  readonly best?: number | undefined;
  readonly badEpochs: number;
  /** Epochs of the cooldown to come. */
  readonly cooldown: number;
}

export const plateauDefaults = {
  mode: 'min',
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: 'rel',
  cooldown: 0,
  minLearningRate: 0,
  eps: 1e-8,
} as const;

type PlateauSettings = Required<PlateauOptions>;

/** @throws HeddleError ARGUMENT for a setting out of its range */
export function checkPlateau(settings: PlateauSettings): PlateauSettings {
  oneOf('mode', settings.mode, ['min', 'max']);
  inRange('factor', settings.factor, 0, BELOW_ONE);
  wholeNumber('patience', settings.patience, 0);
  inRange('threshold', settings.threshold, 0, Number.MAX_VALUE);
  oneOf('thresholdMode', settings.thresholdMode, ['rel', 'abs']);
  wholeNumber('cooldown', settings.cooldown, 0);
  inRange('minLearningRate', settings.minLearningRate, 0, Number.MAX_VALUE);
  inRange('eps', settings.eps, 0, Number.MAX_VALUE);
  return settings;
}

/** Learning rates that fall when a metric no longer gets better, whosever they are. */
export class Plateau {
  state: PlateauState = { badEpochs: 0, cooldown: 0 };

  constructor(private readonly settings: PlateauSettings) {}

  /** The rates after an epoch with this metric. */
  next(metric: number, rates: readonly number[]): readonly number[] {
    const { patience, cooldown: rest } = this.settings;
    const isBetter = this.isBetter(metric);
    const best = isBetter ? metric : this.state.best;
    const isResting = this.state.cooldown > 0;
    const badEpochs = isBetter || isResting ? 0 : this.state.badEpochs + 1;
    const isOver = badEpochs > patience;
    const cooldown = isOver ? rest : Math.max(0, this.state.cooldown - 1);
    this.state = { best, badEpochs: isOver ? 0 : badEpochs, cooldown };
    return isOver ? rates.map((rate) => this.reduced(rate)) : rates;
  }

  private isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.settings;
    const { best = mode === 'min' ? Infinity : -Infinity } = this.state;
    const margin = mode === 'min' ? -threshold : threshold;
    // PyTorch's own order of operations, since a metric may lie on the bound.
    const bound = thresholdMode === 'rel' ? best * (1 + margin) : best + margin;
    return mode === 'min' ? metric < bound : metric > bound;
  }

  private reduced(rate: number): number {
    const { factor, minLearningRate, eps } = this.settings;
    const lower = Math.max(rate * factor, minLearningRate);
    return rate - lower > eps ? lower : rate;
  }
}

/** Reduces the learning rates of an optimizer, its groups' too, when a metric no longer gets better, in a loop of one's own:
 * torch.optim.lr_scheduler.ReduceLROnPlateau. A Trainer has it as a schedule. */
export class ReduceLROnPlateau {
  readonly #plateau: Plateau;

  constructor(
    readonly optimizer: Optimizer,
    given?: PlateauOptions,
    ...others: never[]
  ) {
    const form =
      'new ReduceLROnPlateau(optimizer, { mode, factor, patience, threshold, thresholdMode, cooldown, minLearningRate, eps })';
    required(form, { optimizer });
    instance('optimizer', optimizer, Optimizer);
    this.#plateau = new Plateau(checkPlateau(options(form, given, plateauDefaults, others)));
  }

  /** Plain values, for a file; a scheduler that is given them goes on as this one would. */
  get state(): PlateauState {
    return this.#plateau.state;
  }

  set state(state: PlateauState) {
    const { best, badEpochs, cooldown } = plainObject('state', state);
    if (best !== undefined) inRange('state.best', best, -Number.MAX_VALUE, Number.MAX_VALUE);
    wholeNumber('state.badEpochs', badEpochs, 0);
    wholeNumber('state.cooldown', cooldown, 0);
    this.#plateau.state = { best, badEpochs, cooldown };
  }

  /** Once an epoch, with its metric. */
  step(metric: number): void {
    required('plateau.step(metric)', { metric });
    if (typeof metric !== 'number') throw new HeddleError('ARGUMENT', `metric must be a number, not ${kindOf(metric)}`);
    setLearningRates(this.optimizer, this.#plateau.next(metric, learningRates(this.optimizer)));
  }
}
