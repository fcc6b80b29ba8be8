import { type Outcome, outcomeOf, startProcess } from './command.js';

/** Starts a program as so many ranks on this machine, over TCP, as ranks on several machines would run. */
export const startMpirun = (ranks: number, file: string, args: readonly string[], cwd: string) =>
  startProcess('mpirun', [...options, '-n', String(ranks), process.execPath, file, ...args], cwd);

/** Runs it to its end. */
export const mpirun = (ranks: number, file: string, args: readonly string[], cwd: string): Promise<Outcome> =>
  outcomeOf(startMpirun(ranks, file, args, cwd));

const options =
  '--allow-run-as-root --oversubscribe --bind-to none --mca pml ob1 --mca btl tcp,self --mca btl_tcp_if_include lo'.split(
    ' ',
  );
