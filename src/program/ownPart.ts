import { type Machine, type OwnPart, type Pass, type Shard, shardOf } from './phase.js';

/** What a machine does of a batch: the shards whose middle lies in its part of the samples. */
export function ownPart(pass: Pick<Pass, 'samples' | 'shards'>, { rank, ranks }: Machine): OwnPart {
  const firstOf = (machine: number) => {
    let index = 0;
    while (index < pass.shards && middle(shardOf(pass, index)) * ranks < machine * pass.samples) index++;
    return index;
  };
  const middle = ({ first, count }: Shard) => first + count / 2;
  const [firstShard, end] = [firstOf(rank), firstOf(rank + 1)];
  const [first, last] = [firstShard, end].map((index) => shardOf(pass, index).first);
  return { rank, ranks, firstShard, shards: end - firstShard, first, count: last - first };
}

/** Some samples of a batch that lie one behind the other. */
export interface SampleRange {
  readonly first: number;
  readonly count: number;
}

/** The samples that this machine works on. */
export const ownSamples = ({ own, samples }: Pass): SampleRange => own ?? { first: 0, count: samples };

export const allSamples = ({ samples }: Pass): SampleRange => ({ first: 0, count: samples });

/** Those of the last pass, for which each block of channels asks. */
let known: { readonly pass: Pass; readonly shards: readonly Shard[] } | undefined;

/** The shards that this machine works on. */
export function ownShards(pass: Pass): readonly Shard[] {
  if (known?.pass !== pass) {
    const { firstShard, shards } = pass.own ?? { firstShard: 0, shards: pass.shards };
    known = { pass, shards: Array.from({ length: shards }, (_, index) => shardOf(pass, firstShard + index)) };
  }
  return known.shards;
}
