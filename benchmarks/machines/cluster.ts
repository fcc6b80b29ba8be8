import { CHUNK, LANES } from '../../src/machines/lanes.js';
import type { Transfer } from '../../src/program/transfer.js';

/** Machines that are joined by a switch, each by one link. */
export interface Cluster {
  readonly ranks: number;
  /** Of each, with a worker thread on all of them. */
  readonly cores: number;
  /** Of a link, each way, in Gbit/s. */
  readonly gigabits: number;
  readonly messaging: Messaging;
}

/** What messages cost a machine, measured by exchange.ts. */
export interface Messaging {
  /** Milliseconds of an exchange of a few bytes between two machines that wait for it. */
  readonly latency: number;
  /** Bytes that its one thread for messages sends and receives, and adds, in a millisecond. */
  readonly handled: number;
}

/** Milliseconds of a transfer: for so long no other one gets on, and so much later its last bytes are there. */
export interface Cost {
  readonly busy: number;
  readonly late: number;
  /** What of that a core has to do. */
  readonly handling: number;
}

/** What frames, IP and TCP leave of a link: 1,448 bytes of 1,538 at Ethernet's usual length. */
const PAYLOAD = 1448 / 1538;

/** @param sent bytes that a machine sends, while it receives as many */
function busyWith(sent: number, { gigabits, messaging }: Cluster): number {
  const linked = (gigabits * 1e9 * PAYLOAD) / 8 / 1000;
  return Math.max(sent / linked, handlingOf(sent, messaging));
}

const handlingOf = (sent: number, { handled }: Messaging) => (2 * sent) / handled;

const roundsOf = ({ ranks }: Cluster) => Math.ceil(Math.log2(ranks));

/** One of heddle's transfers: a gather in ⌈log₂ ranks⌉ rounds, of which each machine gets what the others have; or the
 * chain, up which partial sums go and down which the total comes, chunk after chunk. */
export function costOf({ of, array }: Transfer, cluster: Cluster): Cost {
  const bytes = array.length * array.BYTES_PER_ELEMENT;
  const { ranks, messaging } = cluster;
  if (of !== 'sum') {
    const sent = (bytes * (ranks - 1)) / ranks;
    const late = roundsOf(cluster) * messaging.latency;
    return { busy: busyWith(sent, cluster), late, handling: handlingOf(sent, messaging) };
  }
  const hops = 2 * (ranks - 1);
  // The first and the last machine have one neighbour; the others send to two.
  const links = ranks === 2 ? 1 : 2;
  const hop = messaging.latency + busyWith(Math.min(bytes, CHUNK), cluster);
  const sent = links * bytes;
  return { busy: busyWith(sent, cluster), late: hops * hop, handling: handlingOf(sent, messaging) };
}

/** What a short message waits, for all its rounds, where a long one has its chunks on the way before it. */
export const behindChunks = (cluster: Cluster): number => roundsOf(cluster) * busyWith(LANES * CHUNK, cluster);

/** A sum by the ring, as DistributedDataParallel makes it of a bucket: each machine sends 2(ranks − 1)/ranks of its bytes, in
 * as many steps. */
export function ringCost(bytes: number, cluster: Cluster): Cost {
  const steps = 2 * (cluster.ranks - 1);
  const sent = (steps * bytes) / cluster.ranks;
  const busy = busyWith(sent, cluster) + steps * cluster.messaging.latency;
  return { busy, late: 0, handling: handlingOf(sent, cluster.messaging) };
}
