import { describe, expect, it } from '@jest/globals';
import { underMpi } from '../../src/machines/underMpi.js';

describe('how a process was started', () => {
  it('alone, or as the only rank', () => {
    expect(underMpi({})).toBeUndefined();
    expect(underMpi({ OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1' })).toBeUndefined();
    expect(underMpi({ PMI_RANK: '0', PMI_SIZE: '1' })).toBeUndefined();
    // A batch job of Slurm's has this, and is one process.
    expect(underMpi({ SLURM_NTASKS: '4', SLURM_PROCID: '0' })).toBeUndefined();
  });

  it('by mpirun, which tells srun’s own count apart, or by srun --mpi=pmix', () => {
    const mpirun = { OMPI_COMM_WORLD_RANK: '2', OMPI_COMM_WORLD_SIZE: '3', PMIX_RANK: '2' };
    expect(underMpi({ ...mpirun, SLURM_STEP_NUM_TASKS: '1' })).toEqual({ rank: 2, ranks: 3 });
    expect(underMpi({ PMIX_RANK: '1', SLURM_STEP_NUM_TASKS: '4' })).toEqual({ rank: 1, ranks: 4 });
  });

  it('by another MPI, or by something that does not say how many there are: refused', () => {
    expect(() => underMpi({ PMI_RANK: '1', PMI_SIZE: '2' })).toThrow(
      "this is rank 1 of 2 of another MPI than Open MPI, such as MPICH; start it with Open MPI's mpirun, or with srun --mpi=pmix",
    );
    expect(() => underMpi({ PMIX_RANK: '0' })).toThrow(
      'PMIX_RANK is set, but not how many ranks there are; start them with mpirun or srun',
    );
  });
});
