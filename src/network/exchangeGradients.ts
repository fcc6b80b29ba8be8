import type { Parameter } from '../layers/layer.js';
import type { ExchangePhase, Phase } from '../program/phase.js';
import type { Transfer } from '../program/transfer.js';

/** For a profile. */
const work = { name: 'machines', pass: 'gradients' };

/** A backward pass on several machines. The gradients of all shards are added up along the machines as soon as those of a
 * layer are there, while the layers before it go on. All have arrived at the end, first those that began first. */
export function exchangeGradients(backward: readonly Phase[], parameters: readonly Parameter[]): Phase[] {
  const parameterOf = new Map<Float32Array, Parameter>(parameters.map((parameter) => [parameter.gradient, parameter]));
  const arrivals: ExchangePhase[] = [];
  const awaited = new Set<Float32Array>();
  const arriving = (transfers: readonly Transfer[], gradients: readonly Float32Array[]) => {
    arrivals.push({ by: 'arrival', transfers, gradients, work });
    for (const gradient of gradients) awaited.add(gradient);
  };
  const phases = backward.flatMap((phase): Phase[] => {
    if (phase.by === 'exchange' && phase.completes?.length) arriving(phase.transfers, phase.completes);
    if (!phase.gradients) return [phase];
    const sums = phase.gradients.flatMap((gradient): (Transfer & { of: 'sum' })[] => {
      const { requiresGrad, shardGradients } = parameterOf.get(gradient) as Parameter;
      return requiresGrad && shardGradients ? [{ of: 'sum', array: gradient, slots: shardGradients }] : [];
    });
    if (sums.length > 0)
      arriving(
        sums,
        sums.map(({ array }) => array),
      );
    const gradients = phase.gradients.filter((gradient) => !awaited.has(gradient));
    const begin: Phase[] = sums.length > 0 ? [{ by: 'exchange', transfers: sums, work }] : [];
    return [{ ...phase, gradients }, ...begin];
  });
  return [...phases, ...arrivals];
}
