import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { mpirun } from '../support/mpirun.js';

const program = fileURLToPath(new URL('../../dist/benchmarks/checks/machines/collectives.js', import.meta.url));

it.each([1, 2, 3, 5])(
  '%i ranks of Open MPI gather, add up in their order and broadcast to the bit, all at once',
  async (ranks) => {
    const { code, stdout, stderr } = await mpirun(ranks, program, [], tmpdir());
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual(
      Array.from({ length: ranks }, (_, rank) => `rank ${rank} of ${ranks}: 0 arrays differ`),
    );
    expect(code).toBe(0);
  },
);
