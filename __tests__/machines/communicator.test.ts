import { describe, expect, it } from '@jest/globals';
import { Communicator } from '../../src/machines/communicator.js';
import { connect, InMemoryMessages } from '../../src/machines/inMemory.js';
import { bytesOf, CHUNK, type Collective, interleaved } from '../../src/machines/lanes.js';
import type { Request } from '../../src/machines/messages.js';
import { type Draws, drawsOf, hashKey } from '../../src/tensor/random.js';

/** Floats of lengths around those of a chunk and of all lanes' chunks together. */
const lengths = [0, 1, 5, CHUNK / 4, CHUNK / 4 + 1, 2 * CHUNK + 3];

const { next } = drawsOf(hashKey(1, 'sample'));

/** Large ones and small ones, so that a sum depends on its order. */
const numbers = Float32Array.from({ length: 3 * CHUNK + 3 }, () => (next() - 0.5) * 2 ** (40 * next() - 20));

class CountedMessages extends InMemoryMessages {
  bytesSent = 0;

  override send(to: number, tag: number, bytes: Uint8Array): Request {
    this.bytesSent += bytes.length;
    return super.send(to, tag, bytes);
  }
}

/** Ranks of one thread, whose messages come late: each moves on when it is drawn. */
class Job {
  readonly random: Draws;
  readonly messages: readonly CountedMessages[];
  private readonly ranks: readonly Communicator[];

  constructor(
    readonly size: number,
    seed: number,
  ) {
    this.random = drawsOf(hashKey(seed, 'sample', size));
    const late = () => this.random.next() < 0.5;
    this.messages = connect(size).map((ports, rank) => new CountedMessages(rank, ports, late));
    this.ranks = this.messages.map((messages) => new Communicator(messages));
  }

  /** Runs what each rank does until all are done, one step of one rank at a time, in an order that is drawn. */
  run(work: (communicator: Communicator) => Collective): void {
    const waiting = this.ranks.map(work);
    while (waiting.length > 0) {
      const drawn = this.random.below(waiting.length);
      if (waiting[drawn].next().done) waiting.splice(drawn, 1);
    }
  }

  /** Cuts so many things into a part for each rank, uneven, and empty here and there. */
  starts(count: number): number[] {
    const cuts = Array.from({ length: this.size - 1 }, () => this.random.below(count + 1)).toSorted((a, b) => a - b);
    return [0, ...cuts, count];
  }

  floats(length: number): Float32Array {
    const first = this.random.below(CHUNK);
    return numbers.slice(first, first + length);
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** An array as it must become at each rank. */
type Expectation = { readonly found: Float32Array; readonly expected: Float32Array };

/** Does a collective of every kind at once, at every rank, over arrays of one length. */
function everything(job: Job, length: number): Expectation[] {
  const all = job.floats(length);
  const starts = job.starts(length);
  const columns = 7;
  const matrix = job.floats(columns * Math.floor(length / columns));
  const columnStarts = job.starts(columns);
  const terms = Array.from({ length: job.size }, () => job.floats(length));
  const sum = terms.reduce((total, term) => total.map((value, place) => value + term[place]));
  const root = job.random.below(job.size);
  const expectations: Expectation[] = [];
  job.run((communicator) => {
    const { rank } = communicator;
    const isOwn = (place: number, of: readonly number[]) => of[rank] <= place && place < of[rank + 1];
    const gathered = all.map((value, place) => (isOwn(place, starts) ? value : Number.NaN));
    const table = matrix.map((value, place) => (isOwn(place % columns, columnStarts) ? value : Number.NaN));
    const total = new Float32Array(length).fill(Number.NaN);
    const given = rank === root ? all.slice() : new Float32Array(length);
    expectations.push({ found: gathered, expected: all }, { found: table, expected: matrix });
    expectations.push({ found: total, expected: sum }, { found: given, expected: all });
    const add = (start: number, end: number) => {
      for (let place = start; place < end; place++) total[place] = (rank && total[place]) + terms[rank][place];
    };
    return interleaved([
      communicator.gather(
        0,
        bytesOf(gathered),
        starts.map((start) => 4 * start),
      ),
      communicator.gatherColumns(1, table, columns, columnStarts),
      communicator.chain(2, total, add),
      communicator.broadcast(3, bytesOf(given), root),
    ]);
  });
  return expectations;
}

describe('collectives of 1 to 7 ranks whose messages come late and in an order that is drawn', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])(
    'gather, columns, the chain and broadcast side by side give %i ranks all there is, and the sum in their order to the bit',
    (size) => {
      for (const [seed, length] of lengths.entries()) {
        const expectations = everything(new Job(size, seed), length);
        for (const { found, expected } of expectations)
          expect(Buffer.compare(bytesOf(found), bytesOf(expected))).toBe(0);
        expect(expectations).toHaveLength(4 * size);
      }
    },
  );

  it.each([1, 2, 3, 7])('records of lengths that the others do not know come to each of %i ranks', (size) => {
    const job = new Job(size, 1);
    const records = Array.from({ length: size }, (_, rank) =>
      new Uint8Array(rank % 3 === 1 ? 0 : 1000 * rank).fill(rank),
    );
    const given = new Uint8Array(CHUNK + 9).fill(7);
    const found: Uint8Array[][] = [];
    job.run(function* (communicator) {
      const own = communicator.rank === size - 1 ? given : undefined;
      const broadcast = yield* communicator.broadcastBytes(1, own, size - 1);
      found.push([broadcast, ...(yield* communicator.gatherBytes(1, records[communicator.rank]))]);
    });
    for (const all of found) expect(all.map(hex)).toEqual([given, ...records].map(hex));
    expect(found).toHaveLength(size);
  });

  it.each([2, 3, 7])('no rank of %i leaves a barrier before the last has come to it', (size) => {
    const job = new Job(size, 2);
    let came = 0;
    job.run(function* (communicator) {
      for (let passes = 1; passes <= 20; passes++) {
        while (job.random.next() < 0.8) yield;
        came++;
        yield* communicator.barrier(0);
        expect(came).toBeGreaterThanOrEqual(passes * size);
      }
    });
    expect(came).toBe(20 * size);
  });

  it.each([2, 3, 5, 7])('each of %i ranks that gather sends as many bytes as the others together have', (size) => {
    const job = new Job(size, 3);
    const starts = Array.from({ length: size + 1 }, (_, rank) => 10 * rank);
    job.run((communicator) => communicator.gather(0, new Uint8Array(10 * size), starts));
    expect(job.messages.map(({ bytesSent }) => bytesSent)).toEqual(Array(size).fill(10 * (size - 1)));
  });

  it('a root that has nothing to broadcast is refused', () => {
    expect(() =>
      new Job(1, 0).run(function* (communicator) {
        yield* communicator.broadcastBytes(0);
      }),
    ).toThrow('broadcastBytes expects bytes at its root, rank 0, and got none');
  });
});
