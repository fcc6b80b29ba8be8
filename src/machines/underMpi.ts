import { HeddleError } from '../errors.js';
import type { Machine } from '../program/phase.js';

/** The place of this process among the ranks that mpirun, or srun --mpi=pmix, has started; undefined where it was started
 * alone. It loads nothing of MPI's.
 * @throws HeddleError MACHINES where something else has started several, which would not know of each other */
export function underMpi(env: NodeJS.ProcessEnv = process.env): Machine | undefined {
  const rank = env.OMPI_COMM_WORLD_RANK ?? env.PMIX_RANK;
  const ranks = env.OMPI_COMM_WORLD_SIZE ?? env.SLURM_STEP_NUM_TASKS;
  if (rank === undefined) return refuseOthers(env);
  if (ranks === undefined)
    throw new HeddleError(
      'MACHINES',
      'PMIX_RANK is set, but not how many ranks there are; start them with mpirun or srun',
    );
  return Number(ranks) > 1 ? { rank: Number(rank), ranks: Number(ranks) } : undefined;
}

/** MPICH and its kin, and srun --mpi=pmi2, set these. */
function refuseOthers({ PMI_RANK, PMI_SIZE }: NodeJS.ProcessEnv): undefined {
  if (Number(PMI_SIZE ?? 1) > 1)
    throw new HeddleError(
      'MACHINES',
      `this is rank ${PMI_RANK} of ${PMI_SIZE} of another MPI than Open MPI, such as MPICH; start it with Open MPI's mpirun, or with srun --mpi=pmix`,
    );
}
