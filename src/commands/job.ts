import type { Command } from 'commander';
import { version } from '../formats/version.js';
import type { JoinedMachines } from '../machines/joinMachines.js';
import { agree } from '../training/agreement.js';
import { flagOf, givenValues, type SettingTable } from './options/setting.js';

const { env } = process;

/** Who starts a process as one of several says which one it is: Open MPI, PMIx (srun --mpi=pmix), or MPICH and its kin. */
const startedAs = env.OMPI_COMM_WORLD_RANK ?? env.PMIX_RANK ?? env.PMI_RANK;

/** The place of this process in its job; 0 where it was started alone. */
export const rank = Number(startedAs ?? 0);

/** Joins the machines that this command was started on together; undefined where it was started alone, and nothing of what
 * machines need is loaded then.
 * @throws HeddleError as joinMachines */
export async function joinJob(): Promise<JoinedMachines | undefined> {
  if (startedAs === undefined) return undefined;
  const { joinMachines } = await import('../machines/joinMachines.js');
  return joinMachines();
}

/** Compares the command lines of all machines, but for what each may have its own of.
 * @throws HeddleError MACHINES naming what differs, on all of them */
export async function checkSameCommand(
  machines: JoinedMachines | undefined,
  program: Command,
  table: SettingTable,
): Promise<void> {
  const given = Object.entries(givenValues(program)).filter(([name]) => !table[name].perMachine);
  const byFlag = given.map(([name, value]) => [flagOf(table[name]), value] as const);
  await agree(machines, () => ({ heddle: version, ...Object.fromEntries(byFlag) }));
}

/** Gives the other machines what rank 0 knows, as JSON. */
export const give = (machines: JoinedMachines | undefined, value: object): Promise<unknown> | undefined =>
  machines?.broadcast(new TextEncoder().encode(JSON.stringify(value)));

/** What rank 0 gives. */
export async function given<Value extends object>(machines: JoinedMachines): Promise<Value> {
  return JSON.parse(new TextDecoder().decode(await machines.broadcast()));
}

/** How many worker threads all machines have together. */
export async function workersOfAll(machines: JoinedMachines | undefined, own: number): Promise<number> {
  const all = await machines?.gather(String(own));
  return all?.reduce((sum, workers) => sum + Number(workers), 0) ?? own;
}
