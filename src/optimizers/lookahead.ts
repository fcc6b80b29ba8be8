import type { Parameter } from '../layers/layer.js';
import type { Model } from '../network/model.js';
import { parameterView, type StateDict } from '../network/stateDict.js';
import { endsStep, type PartPhase, perSlice, uniteParts } from '../program/phase.js';
import { inRange, options, wholeNumber } from '../validate.js';

export interface LookaheadOptions {
  /** Of a round, k in the paper. Default 5. */
  readonly steps?: number;
  /** How much of the way the slow weights go, α in the paper: from 0 to 1, at which the weights are the optimizer's own but for
   * roundings. Default 0.5. */
  readonly alpha?: number;
}

export type LookaheadSettings = Required<LookaheadOptions>;

/** @throws HeddleError ARGUMENT */
export function lookaheadSettings(given: LookaheadOptions): LookaheadSettings {
  const { steps, alpha } = options('lookahead: { steps: 5, alpha: 0.5 }', given, { steps: 5, alpha: 0.5 });
  return { steps: wholeNumber('lookahead.steps', steps, 1), alpha: inRange('lookahead.alpha', alpha, 0, 1) };
}

export interface Lookahead {
  /** Run before the updates, beside whatever leaves the weights alone. */
  readonly begin: readonly PartPhase[];
  /** Run behind the updates. */
  readonly end: readonly PartPhase[];
  /** The slow weights, by names such as `0.weight.lookahead`. */
  readonly state: StateDict;
}

/** Zhang, Lucas, Hinton and Ba, 2019 (arXiv:1907.08610): the slow weights are what a round of steps begins with, and go a part of
 * the way to what it ends with; the next round begins there. What the optimizer remembers stays as it is. */
export function planLookahead(
  { kernels, arena }: Pick<Model, 'kernels' | 'arena'>,
  parameters: readonly Parameter[],
  { steps, alpha }: LookaheadSettings,
): Lookahead {
  const trained = parameters
    .filter(({ requiresGrad }) => requiresGrad)
    .map((parameter) => ({ parameter, slow: arena.float32(parameter.data.length, 'weights') }));
  const begin = trained.map(({ parameter: { data }, slow }) =>
    perSlice(data.length, (start, end, pass) => {
      if (pass.number % steps === 0) slow.subarray(start, end).set(data.subarray(start, end));
    }),
  );
  const end = trained.map(({ parameter: { data }, slow }) =>
    perSlice(data.length, (start, end, pass) => {
      if (!endsStep(pass) || (pass.number + 1) % steps !== 0) return;
      const [fast, own] = [data.subarray(start, end), slow.subarray(start, end)];
      kernels.average(fast, alpha, own);
      fast.set(own);
    }),
  );
  return {
    begin: uniteParts(begin),
    end: uniteParts(end),
    state: new Map(
      trained.map(({ parameter, slow }) => [`${parameter.name}.lookahead`, parameterView(parameter, slow)]),
    ),
  };
}
