import type { Updates } from '../optimizers/updates.js';
import { labelled, type Phase, uniteParts, type Work } from '../program/phase.js';

/** A backward pass with the updates of the parameters. Each comes as soon as its gradient is whole, while that is in a cache, and
 * runs beside the phases that follow: whoever has nothing left of these to do takes slices of it. Those behind the last phase
 * do not, as the average of the weights reads what they write. */
export function withUpdates(backward: readonly Phase[], { phases, ofGradients }: Updates, work: Work): Phase[] {
  if (!ofGradients) return [...backward, ...labelled(phases, work)];
  const left = new Map(ofGradients);
  const whole = backward.slice(0, -1).flatMap((phase) => {
    const updates = (phase.gradients ?? []).flatMap((gradient) => left.get(gradient) ?? []);
    for (const gradient of phase.gradients ?? []) left.delete(gradient);
    const background = phase.by !== 'arrival'; // behind which there is nothing but what waits for others
    return [phase, ...uniteParts(updates).map((update) => ({ ...update, work, background }))];
  });
  return [...whole, ...backward.slice(-1), ...labelled(uniteParts([...left.values()]), work)];
}
