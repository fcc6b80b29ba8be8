import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { outcomeOf, startProcess } from '../support/command.js';
import { mpirun } from '../support/mpirun.js';

const program = fileURLToPath(new URL('../../dist/benchmarks/checks/machines/trainings.js', import.meta.url));
const nodeMajor = Number(process.versions.node.split('.')[0]);

describe('over Open MPI a training has the bits that it has without', () => {
  const alone = outcomeOf(startProcess(process.execPath, [program, '--workers', '2'], tmpdir()));

  it.each([
    { ranks: 2, workers: 1, kernels: 'simd' },
    { ranks: 3, workers: 2, kernels: nodeMajor < 24 ? 'auto' : 'wide' },
  ])('with each loss, on $ranks ranks of $workers workers, kernels $kernels', async ({ ranks, workers, kernels }) => {
    const { stdout: expected } = await alone;
    expect(expected.trim().split('\n').length).toBe(7);
    const found = await mpirun(ranks, program, ['--workers', String(workers), '--kernels', kernels], tmpdir());
    expect(found).toEqual({ code: 0, stdout: expected, stderr: '' });
  });
});
