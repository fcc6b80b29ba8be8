import type { SearchMachines } from '../../src/search/ranks.js';

/** The ranks of a job, all in this process, that gather and broadcast in turn. */
export function machinesInMemory(ranks: number): SearchMachines[] {
  const gather = meeting<string, readonly string[]>(ranks, (texts) => texts);
  const broadcast = meeting<Uint8Array | undefined, Uint8Array>(ranks, ([bytes]) => bytes ?? new Uint8Array());
  return Array.from({ length: ranks }, (_, rank) => ({
    rank,
    ranks,
    gather: (text) => gather(rank, text),
    broadcast: (bytes) => broadcast(rank, bytes),
  }));
}

/** Gives all ranks what comes of what they brought, when all have come. */
function meeting<Brought, Result>(ranks: number, resultOf: (brought: readonly Brought[]) => Result) {
  let come: { readonly rank: number; readonly own: Brought; leave(result: Result): void }[] = [];
  return (rank: number, own: Brought): Promise<Result> =>
    new Promise((leave) => {
      come.push({ rank, own, leave });
      if (come.length < ranks) return;
      const all = come.sort((a, b) => a.rank - b.rank);
      come = [];
      for (const each of all) each.leave(resultOf(all.map(({ own }) => own)));
    });
}
