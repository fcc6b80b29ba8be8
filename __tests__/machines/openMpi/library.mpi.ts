import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { outcomeOf, startProcess } from '../../support/command.js';

const program = fileURLToPath(new URL('../../../dist/benchmarks/checks/machines/collectives.js', import.meta.url));

/** What a program that cannot have Open MPI says. */
async function refusal(options: readonly string[], library = 'libmpi.so.40'): Promise<string | undefined> {
  const args = ['-u', 'NODE_OPTIONS', `HEDDLE_MPI_LIBRARY=${library}`, process.execPath, ...options, program];
  const { code, stderr } = await outcomeOf(startProcess('env', args, tmpdir()));
  expect(code).toBe(1);
  return /^HeddleError: .*$/m.exec(stderr)?.[0];
}

it('a library that is not Open MPI’s is refused by its name', async () => {
  expect(await refusal([], 'libm.so.6')).toBe(
    "HeddleError: expected Open MPI and found no MPI in 'libm.so.6'; install Open MPI 4 or 5 (Debian: openmpi-bin), or say in HEDDLE_MPI_LIBRARY where its libmpi lies",
  );
});

it('Node’s permission model wants --allow-ffi, or --allow-addons for koffi', async () => {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  expect(await refusal([permission, '--allow-fs-read=*'])).toBe(
    process.getBuiltinModule('node:ffi' as 'node:fs')
      ? "HeddleError: Open MPI cannot be called: Node's permission model denies it; run node with --allow-ffi"
      : 'HeddleError: Open MPI cannot be called: Node may not load koffi, an addon; run node with --allow-addons',
  );
});
