import type { Machine } from '../program/phase.js';
import type { TeamMemory } from './team.js';

/** A thread that exchanges with other machines, as those see it that compute. */
export interface Companion {
  /** Takes part in pass after pass, until the team is dismissed. @throws HeddleError MACHINES */
  takePart(): Promise<void>;
}

/** The machines that share the batches of a run. */
export interface Machines extends Machine {
  /** The thread that exchanges for a team.
   * @param setup what its workers are started with @internal */
  companion(setup: unknown, team: TeamMemory): Companion;
  /** What each machine says, in the order of their ranks, when all have said something. @throws HeddleError MACHINES */
  gather(text: string): Promise<readonly string[]>;
}
