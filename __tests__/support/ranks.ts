import type { Dataset } from '../../src/data/dataset.js';
import { ownPart } from '../../src/program/ownPart.js';
import { divide, isExchange, type Pass, runUnit, unitsOf } from '../../src/program/phase.js';
import type { Transfer } from '../../src/program/transfer.js';
import { Arena } from '../../src/tensor/arena.js';
import { Programs } from '../../src/training/programs.js';
import type { RunConfig } from '../../src/training/trainerOptions.js';

/** When what the machines tell each other arrives: as soon as it can, or as late as it may. */
export type Delivery = 'early' | 'late';

/** Machines that share each batch, in one thread. */
export class Ranks {
  readonly all: readonly Programs[];

  constructor(
    config: RunConfig,
    ranks: number,
    private readonly delivery: Delivery,
  ) {
    this.all = Array.from({ length: ranks }, () => new Programs(config, new Arena(), ranks));
  }

  run(
    program: 'train' | 'estimate' | 'evaluate',
    dataset: Dataset,
    indices: readonly number[],
    step: Omit<Pass, 'samples'>,
  ): void {
    const passes = this.all.map((programs, rank) => {
      programs.batch.dataset = dataset;
      programs.batch.indices.set(indices);
      const pass = { ...step, samples: indices.length };
      return { ...pass, own: ownPart(pass, { rank, ranks: this.all.length }) };
    });
    const phasesOf = ({ phases }: Programs) =>
      program === 'evaluate' ? [...phases.prepare, ...phases.evaluate] : phases[program];
    for (let place = 0; place < phasesOf(this.all[0]).length; place++) {
      const phases = this.all.map((programs) => phasesOf(programs)[place]);
      const [first] = phases;
      if (isExchange(first)) {
        if (first.by === (this.delivery === 'early' ? 'exchange' : 'arrival'))
          for (let i = 0; i < first.transfers.length; i++)
            deliver(phases.map((phase) => isExchange(phase) && phase.transfers[i]) as Transfer[], passes);
        continue;
      }
      for (const [rank, phase] of phases.entries()) {
        for (let unit = unitsOf(phase, passes[rank]) - 1; unit >= 0; unit--)
          runUnit(phase, unit, passes[rank], this.all[rank].model.scratch[0]);
      }
    }
  }
}

/** What a transfer means, in the plainest way. */
function deliver(transfers: readonly Transfer[], passes: readonly Pass[]): void {
  for (const [rank, transfer] of transfers.entries()) {
    const own = passes[rank].own as NonNullable<Pass['own']>;
    for (const other of transfers) {
      if (transfer.of === 'sum' || other.of === 'sum') continue;
      if (transfer.of !== 'columns') {
        const [from, count] = transfer.of === 'samples' ? [own.first, own.count] : [own.firstShard, own.shards];
        const size = (transfer as { size: number }).size;
        other.array.set(transfer.array.subarray(from * size, (from + count) * size), from * size);
      } else {
        const { columns, block, array } = transfer;
        const { first, count } = divide(Math.ceil(columns / block), own);
        for (let row = 0; row < array.length; row += columns)
          for (let column = first * block; column < Math.min(columns, (first + count) * block); column++)
            other.array[row + column] = array[row + column];
      }
    }
  }
  if (transfers[0].of !== 'sum') return;
  const { length } = transfers[0].array;
  const sum = new Float32Array(length);
  for (const [rank, transfer] of transfers.entries()) {
    const own = passes[rank].own as NonNullable<Pass['own']>;
    if (transfer.of !== 'sum') continue;
    for (let shard = own.firstShard; shard < own.firstShard + own.shards; shard++)
      for (let i = 0; i < length; i++)
        sum[i] = shard === 0 ? transfer.slots[i] : Math.fround(sum[i] + transfer.slots[shard * length + i]);
  }
  for (const { array } of transfers) array.set(sum);
}
