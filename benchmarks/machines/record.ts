import { readRecord } from '../accuracy/record.js';
import type { Messaging } from './cluster.js';
import { type Account, type Compute, computeOf } from './compute.js';

/** Whose messages: heddle's over Open MPI, or those that PyTorch's DistributedDataParallel goes by. */
export type Library = 'heddle' | 'gloo';

/** A line of benchmarks/results/machines.jsonl: what was measured, on which machine and when. */
export type Measurement = { readonly date: string; readonly processor: string; readonly versions: string } & (
  | ({ readonly measured: 'compute'; readonly network: string; readonly batch: number } & Account)
  | ({ readonly measured: 'messaging'; readonly library: Library } & Messaging)
);

export const recordFile = new URL('../benchmarks/results/machines.jsonl', import.meta.resolve('heddle'));

/** What was measured last. @throws Error saying by which command it is measured, where it has not been */
export class Measurements {
  private readonly all = readRecord<Measurement>(recordFile);

  messagingOf(library: Library): Messaging {
    const last = this.all.findLast((each) => each.measured === 'messaging' && each.library === library);
    if (last?.measured !== 'messaging')
      throw new Error(`messages of ${library} have not been measured: npm run machines`);
    return last;
  }

  computeOf(network: string, batch: number): Compute {
    const accounts = this.all.flatMap((each) =>
      each.measured === 'compute' && each.network === network && each.batch === batch ? [each] : [],
    );
    const [whole, part] = [batch, batch / 4].map((samples) => accounts.findLast((each) => each.samples === samples));
    if (!whole || !part)
      throw new Error(`${network}, batch ${batch}, has not been measured: npm run machines:model -- --measure`);
    return computeOf(whole, part);
  }
}
