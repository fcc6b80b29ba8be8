import type { Dataset } from '../data/dataset.js';
import { HeddleError } from '../errors.js';
import type { Model } from '../network/model.js';
import { callback, flag, kindOf, options, required } from '../validate.js';
import type { RunEvent, RunListener } from './events.js';
import { answersOf, filtersOf, normsOf } from './insights.js';
import type { FitOptions } from './trainerOptions.js';

/** Steps from one look at norms and filters to the next: they take some hundredths of one step. */
const STEPS = 50;

/** Tells an event to each listener in turn. */
export const toAll =
  (listeners: readonly RunListener[]) =>
  async (event: RunEvent): Promise<void> => {
    for (const listener of listeners) await listener(event);
  };

/** What `fit` is to be given, besides the sets. */
export type RunHooks = Required<Pick<FitOptions, 'onStep' | 'onEvaluate'>> & Pick<FitOptions, 'onEvaluated'>;

export interface ObserveOptions {
  /** As `fit` gets them, of which answers are wanted. */
  readonly test?: Dataset | undefined;
  readonly validation?: Dataset | undefined;
  /** Whether norms, filters and those answers are wanted as well. Default false. */
  readonly insights?: boolean;
}

const observeDefaults = { test: undefined, validation: undefined, insights: false } as const;

/** Has a listener hear of the steps and evaluations of a `fit`: `trainer.fit(train, { epochs: 5, test, ...observe(trainer, listen,
 * { test }) })`. That the run begins, that an epoch is over, and that it ends, is for the caller to say.
 * @throws HeddleError ARGUMENT */
export function observe(
  trainer: { readonly model: Model; readonly steps: number },
  tell: RunListener,
  given?: ObserveOptions,
  ...others: never[]
): RunHooks {
  const form = 'observe(trainer, listener, { insights: true })';
  required(form, { trainer, listener: tell });
  if (typeof trainer.steps !== 'number')
    throw new HeddleError('ARGUMENT', `observe: trainer must be a Trainer, not ${kindOf(trainer)}`);
  callback('listener', tell);
  const { test, validation, insights } = options(form, given, observeDefaults, others);
  flag('insights', insights);
  const lookInto = async () => {
    await tell(normsOf(trainer.model, trainer.steps));
    const filters = filtersOf(trainer.model, trainer.steps);
    if (filters) await tell(filters);
  };
  const hooks: RunHooks = {
    async onStep(report) {
      await tell({ event: 'step', ...report, stepsDone: trainer.steps });
      const { step, steps } = report;
      if (insights && (step % STEPS === 1 || step === steps)) await lookInto();
    },
    onEvaluate: (progress) => tell({ event: 'evaluation', ...progress }),
  };
  if (!insights || !(test ?? validation)) return hooks;
  return {
    ...hooks,
    async onEvaluated(evaluation) {
      const dataset = evaluation.set === 'test' ? test : validation;
      const answers = dataset && answersOf(evaluation, dataset, trainer.model.outputShape[0]);
      if (answers) await tell(answers);
    },
  };
}
