import { type Outcome, outcomeOf, startProcess } from './command.js';

/** Runs a program as so many ranks on this machine, over TCP, as ranks on several machines would run. */
export const mpirun = (ranks: number, file: string, args: readonly string[], cwd: string): Promise<Outcome> =>
  outcomeOf(startProcess('mpirun', [...options, '-n', String(ranks), process.execPath, file, ...args], cwd));

const options =
  '--allow-run-as-root --oversubscribe --bind-to none --mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include lo'.split(
    ' ',
  );
