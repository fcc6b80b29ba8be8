import type { Updates } from '../optimizers/updates.js';
import { labelled, type Phase, uniteParts, type Work } from '../program/phase.js';

/** A backward pass with the updates of the parameters. Each begins as soon as its gradient is whole, while that is in a cache,
 * beside the phases that follow: whoever has nothing left of these to do takes slices of it. Those of the last gradients
 * do not, as what comes behind them reads what they write: the phases that end the updates, and the average of the weights. */
export function withUpdates(backward: readonly Phase[], { phases, ofGradients, last }: Updates, work: Work): Phase[] {
  if (!ofGradients) return [...backward, ...labelled(phases, work)];
  const left = new Map(ofGradients);
  const lastOnes = backward.findLastIndex(({ gradients = [] }) => gradients.some((gradient) => left.has(gradient)));
  const whole = backward.slice(0, Math.max(0, lastOnes)).flatMap((phase) => {
    const updates = (phase.gradients ?? []).flatMap((gradient) => left.get(gradient) ?? []);
    for (const gradient of phase.gradients ?? []) left.delete(gradient);
    const background = phase.by !== 'arrival'; // behind which there is nothing but what waits for others
    return [phase, ...uniteParts(updates).map((update) => ({ ...update, work, background }))];
  });
  const end = [...uniteParts([...left.values()]), ...last];
  return [...whole, ...backward.slice(Math.max(0, lastOnes)), ...labelled(end, work)];
}
