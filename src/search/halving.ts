import type { Study, Trial } from './study.js';

/** The epochs after which trials are compared: minEpochs, minEpochs·eta, minEpochs·eta² and so on, below `epochs`. */
export function rungs(epochs: number, { eta, minEpochs }: { eta: number; minEpochs: number }): number[] {
  const found: number[] = [];
  for (let rung = minEpochs; rung < epochs; rung *= eta) found.push(rung);
  return found;
}

/** Asynchronous successive halving in its form that stops: L. Li et al., "A System for Massively Parallel
 * Hyperparameter Tuning", 2020. At a rung a trial goes on if its accuracy is among the best ⌈n / eta⌉ of the n that
 * trials have had there until now, its own included; equals of the last one go on too. So the first trial at a rung
 * always goes on, and the next ones, up to eta, if they are the best so far. The paper rounds down, but may take up a
 * waiting trial later; here a trial that is stopped stays so.
 * @returns whether a running trial of the study goes on after the epoch that it has just reported */
export function goesOn(
  { config: { halving, epochs, first }, trials }: Study,
  { trial, epochs: results }: Trial,
): boolean {
  const rung = results.length;
  if (!halving || trial <= first.length || !rungs(epochs, halving).includes(rung)) return true;
  const accuracies = trials.flatMap(({ epochs: { [rung - 1]: result } }) => (result ? [result.accuracy] : []));
  const least = accuracies.sort((a, b) => b - a)[Math.ceil(accuracies.length / halving.eta) - 1];
  return results[rung - 1].accuracy >= least;
}
