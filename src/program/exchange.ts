import type { ExchangePhase, Phase } from './phase.js';
import type { Transfer } from './transfer.js';

/** The phase in which the transfers begin, and one at whose end they have arrived; none where a machine is alone. */
export interface Exchange {
  readonly begin: readonly ExchangePhase[];
  readonly arrival: readonly ExchangePhase[];
}

/** @param pass what is exchanged, for a profile
 * @param completes gradients that are whole when it has arrived */
export function exchange(
  ranks: number,
  pass: string,
  transfers: readonly Transfer[],
  completes: readonly Float32Array[] = [],
): Exchange {
  if (ranks === 1 || transfers.length === 0) return { begin: [], arrival: [] };
  const work = { name: 'machines', pass };
  return { begin: [{ by: 'exchange', transfers, completes, work }], arrival: [{ by: 'arrival', transfers, work }] };
}

/** The phases without the exchanges for which none of them waits. */
export const withoutUnawaited = (phases: readonly Phase[]): readonly Phase[] =>
  phases.filter(
    (phase) =>
      phase.by !== 'exchange' || phases.some((other) => other.by === 'arrival' && other.transfers === phase.transfers),
  );

/** An exchange for which all wait at once. */
export function exchangeNow(ranks: number, pass: string, transfers: readonly Transfer[]): readonly ExchangePhase[] {
  const { begin, arrival } = exchange(ranks, pass, transfers);
  return [...begin, ...arrival];
}
