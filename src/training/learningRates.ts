import { HeddleError } from '../errors.js';
import type { Position } from '../formats/checkpoint.js';
import { Plateau } from '../optimizers/plateau.js';
import { factorAt, type PlateauSchedule, plateauSettings, type Schedule } from '../optimizers/schedules.js';
import type { Pass } from '../program/phase.js';
import { inRange, oneOf } from '../validate.js';
import type { EpochMetric, EpochReport } from './metrics.js';

/** What the learning rates of a Trainer go by. */
export type RunSchedule = Schedule | PlateauSchedule<EpochMetric>;

/** The learning rates of a run, of parameters in no group and of each group. */
export class LearningRates {
  private rates: readonly number[];
  private readonly plateau: Plateau | undefined;

  /** @param own the optimizer's */
  constructor(
    private readonly own: readonly number[],
    private readonly schedule: RunSchedule,
  ) {
    this.rates = own;
    this.plateau = schedule.type === 'plateau' ? new Plateau(plateauSettings(schedule)) : undefined;
  }

  /** Those of a step. */
  at(step: number): Pick<Pass, 'learningRate' | 'groupRates'> {
    const factor = factorAt(this.schedule, step);
    const [learningRate, ...groupRates] = this.rates.map((rate) => rate * factor);
    return groupRates.length > 0 ? { learningRate, groupRates } : { learningRate };
  }

  /** Takes another rate for the optimizer's own; those of the groups keep their ratio to it.
   * @throws HeddleError ARGUMENT for what is no rate, or where that ratio is none */
  set(rate: number): void {
    inRange('learningRate', rate, 0, Number.MAX_VALUE);
    const [before, ...groups] = this.own;
    if (before === 0 && groups.some((group) => group > 0))
      throw new HeddleError(
        'ARGUMENT',
        "the optimizer's own learningRate is 0, to which its groups' rates have no ratio to keep; make it with one above 0",
      );
    this.rates = this.own.map((own) => (own === before ? rate : (own / before) * rate));
  }

  /** @throws HeddleError ARGUMENT when the schedule goes by a metric that is none of those that a fit knows */
  check(known: readonly EpochMetric[]): void {
    if (this.schedule.type !== 'plateau') return;
    const { metric } = plateauSettings(this.schedule);
    if (this.schedule.metric === undefined && !known.includes(metric))
      throw new HeddleError(
        'ARGUMENT',
        `a schedule of type plateau goes by ${metric} unless its metric says otherwise, and fit got no validation set; ` +
          `give it one (see randomSplit), or a metric, one of ${known.join(', ')}`,
      );
    oneOf('schedule metric', metric, known);
  }

  endEpoch(report: EpochReport): void {
    if (this.plateau && this.schedule.type === 'plateau')
      this.rates = this.plateau.next(report[plateauSettings(this.schedule).metric] as number, this.rates);
  }

  /** What of them is not as at the start, for a checkpoint. */
  position(): Pick<Position, 'learningRates' | 'plateau'> {
    return {
      ...(this.rates === this.own ? {} : { learningRates: this.rates }),
      ...(this.plateau ? { plateau: this.plateau.state } : {}),
    };
  }

  /** @throws HeddleError CHECKPOINT for rates of another number of groups */
  checkPosition({ learningRates = this.own }: Pick<Position, 'learningRates'>): void {
    if (learningRates.length !== this.own.length)
      throw new HeddleError(
        'CHECKPOINT',
        `the checkpoint has ${learningRates.length} learning rates, and the optimizer with its groups ${this.own.length}`,
      );
  }

  restore({ learningRates = this.own, plateau }: Pick<Position, 'learningRates' | 'plateau'>): void {
    this.rates = learningRates;
    if (this.plateau && plateau) this.plateau.state = plateau;
  }
}
