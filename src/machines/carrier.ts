import type { Kernels } from '../kernels/kernels.js';
import type { Carrier } from '../parallel/team.js';
import { ownPart } from '../program/ownPart.js';
import { divide, type OwnPart, type Pass } from '../program/phase.js';
import type { Transfer } from '../program/transfer.js';
import type { Communicator } from './communicator.js';
import type { Collective } from './lanes.js';
import type { Progress } from './progress.js';

/** More transfers than one phase of a program begins. */
const TAGS = 16;

/** Carries out the transfers of a program's passes by collectives. */
export class CollectiveCarrier implements Carrier {
  /** What each rank does of the last pass. */
  private parts: { readonly pass: Pass; readonly of: readonly OwnPart[] } | undefined;

  constructor(
    private readonly communicator: Communicator,
    private readonly progress: Progress,
    private readonly kernels: Kernels,
  ) {}

  begin(transfers: readonly Transfer[], place: number, pass: Pass, onArrival: () => void): void {
    for (const [index, transfer] of transfers.entries())
      this.progress.start(this.carry(transfer, (1 + place) * TAGS + index, pass, onArrival));
  }

  wait(words: Int32Array, place: number, value: number, allWait: boolean): void {
    this.progress.wait(words, place, value, allWait);
  }

  private *carry(transfer: Transfer, tag: number, pass: Pass, onArrival: () => void): Collective {
    yield* this.collective(transfer, tag, pass);
    onArrival();
  }

  private collective(transfer: Transfer, tag: number, pass: Pass): Collective {
    const { communicator } = this;
    if (transfer.of === 'sum') return communicator.chain(tag, transfer.array, this.adding(transfer, pass));
    if (transfer.of === 'columns') {
      const { array, columns, block } = transfer;
      const blocks = Math.ceil(columns / block);
      const starts = this.startsOf((rank, ranks) => divide(blocks, { rank, ranks }).first * block);
      return communicator.gatherColumns(tag, array, columns, [...starts, columns]);
    }
    const { array, size } = transfer;
    const parts = this.partsOf(pass);
    const [of, all] =
      transfer.of === 'samples' ? (['first', pass.samples] as const) : (['firstShard', pass.shards] as const);
    const bytes = new Uint8Array(array.buffer, array.byteOffset, all * size * array.BYTES_PER_ELEMENT);
    const starts = [...parts.map((part) => part[of]), all];
    return communicator.gather(
      tag,
      bytes,
      starts.map((start) => start * size * array.BYTES_PER_ELEMENT),
    );
  }

  private startsOf(startOf: (rank: number, ranks: number) => number): number[] {
    const { size } = this.communicator;
    return Array.from({ length: size }, (_, rank) => startOf(rank, size));
  }

  private partsOf(pass: Pass): readonly OwnPart[] {
    if (this.parts?.pass !== pass) {
      const { size: ranks } = this.communicator;
      this.parts = { pass, of: Array.from({ length: ranks }, (_, rank) => ownPart(pass, { rank, ranks })) };
    }
    return this.parts.of;
  }

  /** Adds the gradients of this machine's shards, one after the other. */
  private adding({ array, slots }: Transfer & { of: 'sum' }, pass: Pass): (start: number, end: number) => void {
    const { kernels } = this;
    const { firstShard, shards } = this.partsOf(pass)[this.communicator.rank];
    return (start, end) => {
      const sum = array.subarray(start, end);
      for (let shard = firstShard; shard < firstShard + shards; shard++) {
        const slot = slots.subarray(shard * array.length + start, shard * array.length + end);
        if (shard === 0) sum.set(slot);
        else kernels.add(sum, slot, sum);
      }
    };
  }
}
