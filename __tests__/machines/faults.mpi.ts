import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { complaints, faults, prepare, runFault } from '../../benchmarks/checks/machines/faults.js';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
let folder: string;

jest.setTimeout(170_000);
beforeAll(async () => {
  folder = await prepare(dist);
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(faults.filter(({ mpi }) => mpi !== 'MPICH'))(
  'several machines: $name ends all with an error and one line',
  async (fault) => {
    const outcome = await runFault(fault, dist, folder);
    expect({ ...outcome, complaints: complaints(fault, outcome) }).toMatchObject({ complaints: [] });
  },
);
