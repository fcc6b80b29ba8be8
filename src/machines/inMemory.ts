import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { HeddleError } from '../errors.js';
import type { Messages, Request } from './messages.js';

/** What a rank in a thread of its own is given: a port to each other one, to be transferred to it. */
export type Ports = readonly (MessagePort | undefined)[];

/** Ports between so many ranks of one process, for each rank its own. */
export function connect(size: number): Ports[] {
  const ports: (MessagePort | undefined)[][] = Array.from({ length: size }, () => Array(size).fill(undefined));
  for (let a = 0; a < size; a++)
    for (let b = 0; b < a; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a][b] = port1;
      ports[b][a] = port2;
    }
  return ports;
}

/** A message that waits for its turn, or a place that waits for a message. */
interface Waiting {
  readonly peer: number;
  readonly tag: number;
  readonly bytes: Uint8Array;
}

type Posted = { readonly tag: number; readonly bytes: Uint8Array } | { readonly code: number };

const alike = (one: Waiting) => (other: Waiting) => one.peer === other.peer && one.tag === other.tag;

/** Messages between ranks that are objects or threads of one process. */
export class InMemoryMessages implements Messages {
  readonly size: number;
  private readonly sends = new Set<Waiting>();
  private readonly receives = new Set<Waiting>();
  private readonly arrived = new Set<Waiting>();

  /** @param mayMove asked whenever a message could leave or arrive: false makes it late, though not late for ever */
  constructor(
    readonly rank: number,
    private readonly ports: Ports,
    private readonly mayMove: () => boolean = () => true,
  ) {
    this.size = ports.length;
  }

  send(to: number, tag: number, bytes: Uint8Array): Request {
    return this.post(this.sends, { peer: to, tag, bytes });
  }

  receive(from: number, tag: number, bytes: Uint8Array): Request {
    return this.post(this.receives, { peer: from, tag, bytes });
  }

  private post(queue: Set<Waiting>, message: Waiting): Request {
    queue.add(message);
    return {
      isDone: () => {
        this.moveAll();
        return !queue.has(message);
      },
    };
  }

  private moveAll(): void {
    for (const send of this.sends) this.depart(send);
    for (const peer of this.ports.keys()) this.collect(peer);
    for (const receive of this.receives) this.arrive(receive);
  }

  private depart(send: Waiting): void {
    if (!this.isFirst(this.sends, send) || !this.mayMove()) return;
    this.portTo(send.peer).postMessage({ tag: send.tag, bytes: send.bytes.slice() } satisfies Posted);
    this.sends.delete(send);
  }

  /** Takes what a port has. */
  private collect(peer: number): void {
    const port = this.ports[peer];
    if (!port) return;
    for (let found = receiveMessageOnPort(port); found; found = receiveMessageOnPort(port)) {
      const posted: Posted = found.message;
      if ('code' in posted)
        throw new HeddleError('MACHINES', `rank ${peer} has ended the job with code ${posted.code}`);
      this.arrived.add({ peer, tag: posted.tag, bytes: posted.bytes });
    }
  }

  private arrive(receive: Waiting): void {
    if (!this.isFirst(this.receives, receive)) return;
    const message = [...this.arrived].find(alike(receive));
    if (!message || !this.mayMove()) return;
    if (message.bytes.length !== receive.bytes.length)
      throw new HeddleError(
        'MACHINES',
        `rank ${this.rank} expected ${receive.bytes.length} bytes with tag ${receive.tag} from rank ${receive.peer} and got ${message.bytes.length}`,
      );
    receive.bytes.set(message.bytes);
    this.arrived.delete(message);
    this.receives.delete(receive);
  }

  private isFirst = (queue: Set<Waiting>, message: Waiting) => [...queue].find(alike(message)) === message;

  private portTo(peer: number): MessagePort {
    const port = this.ports[peer];
    if (!port) throw new HeddleError('ARGUMENT', `rank ${this.rank} has no messages for rank ${peer} of ${this.size}`);
    return port;
  }

  abort(code: number): void {
    for (const port of this.ports) port?.postMessage({ code } satisfies Posted);
  }

  close(): void {
    for (const port of this.ports) port?.close();
  }
}
