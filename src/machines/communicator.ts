import { HeddleError } from '../errors.js';
import { columnsOf } from './columns.js';
import { bytesOf, CHUNK, type Collective, chunksOf, inLanes, interleaved, tagOf } from './lanes.js';
import type { Messages, Request } from './messages.js';

/** The collectives of a job of several ranks. All ranks begin the same ones, those with the same tag in the same order. Tags are
 * whole numbers from 0 to 4,095, which is what MPI promises, and in practice up to 2²⁰. */
export class Communicator {
  readonly rank: number;
  readonly size: number;
  /** How many messages have gone and come. */
  completed = 0;
  /** Memory of gatherColumns, by tag. */
  private readonly packed = new Map<number, Float32Array>();

  constructor(private readonly messages: Messages) {
    this.rank = messages.rank;
    this.size = messages.size;
  }

  private *done(request: Request): Collective {
    while (!request.isDone()) yield;
    this.completed++;
  }

  private send = (to: number, tag: number, bytes: Uint8Array) => this.done(this.messages.send(to, tag, bytes));
  private receive = (from: number, tag: number, bytes: Uint8Array) =>
    this.done(this.messages.receive(from, tag, bytes));

  /** Where parts of so many bytes each start. */
  private each = (bytes: number) => Array.from({ length: this.size + 1 }, (_, rank) => bytes * rank);

  /** The rank so many places on, round about. */
  private neighbour = (places: number) => (this.rank + places + this.size) % this.size;

  /** Completes an array of which each rank has a part, in ⌈log₂ size⌉ rounds: after each, a rank has the parts of twice as many
   * ranks from its own on (Bruck's algorithm).
   * @param starts rank r has the bytes from starts[r] to starts[r + 1]; one more than ranks, from 0 to the length */
  *gather(tag: number, bytes: Uint8Array, starts: readonly number[]): Collective {
    for (let distance = 1; distance < this.size; distance *= 2) {
      const parts = Math.min(distance, this.size - distance);
      const [to, from] = [this.neighbour(-distance), this.neighbour(distance)];
      const sent = this.partsOf(bytes, starts, this.rank, parts);
      const received = this.partsOf(bytes, starts, from, parts);
      yield* interleaved([
        inLanes(sent, (chunk, lane) => this.send(to, tagOf(tag, lane), chunk)),
        inLanes(received, (chunk, lane) => this.receive(from, tagOf(tag, lane), chunk)),
      ]);
    }
  }

  /** The parts of so many ranks from one on, round about, in chunks. */
  private partsOf(bytes: Uint8Array, starts: readonly number[], first: number, parts: number): Uint8Array[] {
    const end = Math.min(first + parts, this.size);
    return [
      ...chunksOf(bytes.subarray(starts[first], starts[end])),
      ...chunksOf(bytes.subarray(starts[0], starts[first + parts - end])),
    ];
  }

  /** Completes a matrix of which each rank has some columns.
   * @param array of rows × columns
   * @param starts rank r has the columns from starts[r] to starts[r + 1]; one more than ranks, from 0 to `columns` */
  *gatherColumns(tag: number, array: Float32Array, columns: number, starts: readonly number[]): Collective {
    const rows = array.length / columns;
    const packed = this.memoryOf(tag, array.length);
    const own = columnsOf(array, columns, packed, starts, this.rank);
    for (const { inArray, inPacked } of own) inPacked.set(inArray);
    yield* this.gather(
      tag,
      bytesOf(packed),
      starts.map((start) => 4 * rows * start),
    );
    for (let rank = 0; rank < this.size; rank++)
      for (const { inArray, inPacked } of columnsOf(array, columns, packed, starts, rank)) inArray.set(inPacked);
  }

  private memoryOf(tag: number, length: number): Float32Array {
    const known = this.packed.get(tag);
    if (known?.length === length) return known;
    const memory = new Float32Array(length);
    this.packed.set(tag, memory);
    return memory;
  }

  /** Adds up what ranks have, in their order, to the bits that one rank with all of it has: the sum goes up from rank to rank,
   * each of which adds its own, and comes back down.
   * @param total where the sum is built, and in the end is, at each rank
   * @param add adds a rank's own part to total[start] … total[end − 1]; rank 0's writes it there */
  *chain(tag: number, total: Float32Array, add: (start: number, end: number) => void): Collective {
    const floats = CHUNK / 4;
    const starts = Array.from({ length: Math.ceil(total.length / floats) }, (_, chunk) => chunk * floats);
    const endOf = (start: number) => Math.min(start + floats, total.length);
    const chunkAt = (start: number) => bytesOf(total.subarray(start, endOf(start)));
    const [below, above] = [this.rank - 1, this.rank + 1];
    const { send, receive, size } = this;
    const risen = new Set<number>();
    const rise = function* (start: number, lane: number): Collective {
      if (below >= 0) yield* receive(below, tagOf(tag, lane), chunkAt(start));
      add(start, endOf(start));
      if (above < size) yield* send(above, tagOf(tag, lane), chunkAt(start));
      risen.add(start);
    };
    const descend = function* (start: number, lane: number): Collective {
      while (!risen.has(start)) yield;
      if (above < size) yield* receive(above, tagOf(tag, lane), chunkAt(start));
      if (below >= 0) yield* send(below, tagOf(tag, lane), chunkAt(start));
    };
    // Sums rise without waiting for totals to come down: with many ranks that is a long way.
    yield* interleaved([inLanes(starts, rise), inLanes(starts, descend)]);
  }

  /** Gives all ranks what one has: it goes on from rank to rank.
   * @param bytes as many at each rank */
  *broadcast(tag: number, bytes: Uint8Array, root = 0): Collective {
    yield* inLanes(chunksOf(bytes), (chunk, lane) => this.passOn(tagOf(tag, lane), chunk, root));
  }

  private *passOn(tag: number, chunk: Uint8Array, root: number): Collective {
    const [previous, next] = [this.neighbour(-1), this.neighbour(1)];
    if (this.rank !== root) yield* this.receive(previous, tag, chunk);
    if (next !== root) yield* this.send(next, tag, chunk);
  }

  /** Gives all ranks what one has, where the others do not know how much it is.
   * @param bytes what the root gives; ignored elsewhere
   * @throws HeddleError ARGUMENT where the root gives nothing */
  *broadcastBytes(tag: number, bytes?: Uint8Array, root = 0): Collective<Uint8Array> {
    if (this.rank === root && !bytes)
      throw new HeddleError('ARGUMENT', `broadcastBytes expects bytes at its root, rank ${root}, and got none`);
    const length = Float64Array.of(bytes?.length ?? 0);
    yield* this.broadcast(tag, bytesOf(length), root);
    const all = this.rank === root && bytes ? bytes : new Uint8Array(length[0]);
    yield* this.broadcast(tag, all, root);
    return all;
  }

  /** Gives all ranks what each has, in their order: records of any lengths. */
  *gatherBytes(tag: number, bytes: Uint8Array): Collective<Uint8Array[]> {
    const lengths = new Float64Array(this.size);
    lengths[this.rank] = bytes.length;
    yield* this.gather(tag, bytesOf(lengths), this.each(8));
    const starts = [0];
    for (const length of lengths) starts.push(starts[starts.length - 1] + length);
    const all = new Uint8Array(starts[this.size]);
    all.set(bytes, starts[this.rank]);
    yield* this.gather(tag, all, starts);
    return Array.from(lengths, (_, rank) => all.subarray(starts[rank], starts[rank + 1]));
  }

  /** Ends when all ranks have begun it. */
  *barrier(tag: number): Collective {
    yield* this.gather(tag, new Uint8Array(this.size), this.each(1));
  }
}
