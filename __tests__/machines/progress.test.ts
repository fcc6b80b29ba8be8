import { Worker } from 'node:worker_threads';
import { describe, expect, it, jest } from '@jest/globals';
import { Communicator } from '../../src/machines/communicator.js';
import { connect, InMemoryMessages } from '../../src/machines/inMemory.js';
import { Progress } from '../../src/machines/progress.js';

const twoRanks = () =>
  connect(2).map((ports, rank) => {
    const communicator = new Communicator(new InMemoryMessages(rank, ports));
    return { communicator, progress: new Progress(communicator) };
  });

describe('progress of collectives', () => {
  it('tells whether a message came, until all have', () => {
    const [one, other] = twoRanks();
    one.progress.start(one.communicator.barrier(0));
    expect(one.progress.poll()).toBe(false);
    other.progress.complete(other.communicator.barrier(0));
    expect(one.progress.poll()).toBe(true);
    expect(one.progress.poll()).toBe(false);
  });

  it('goes on with others while it waits for one, and gives what that one gives', () => {
    const [one, other] = twoRanks();
    other.progress.start(other.communicator.gatherBytes(0, Uint8Array.of(4, 5)));
    let arrived = 0;
    one.progress.start(one.communicator.gather(1, new Uint8Array(2), [0, 1, 2]));
    one.progress.start(
      (function* () {
        yield* one.communicator.gatherBytes(0, Uint8Array.of(3));
        arrived++;
      })(),
    );
    while (arrived === 0) for (const { progress } of [one, other]) progress.poll();
    other.progress.start(other.communicator.broadcastBytes(2, Uint8Array.of(6), 1));
    other.progress.poll();
    expect(one.progress.complete(one.communicator.broadcastBytes(2, undefined, 1))).toEqual(Uint8Array.of(6));
  });

  it.each([0, 1])('sleeps, with %i collectives under way, until the word changes that it is given', (underWay) => {
    const [one] = twoRanks();
    if (underWay) one.progress.start(one.communicator.barrier(0));
    const words = new Int32Array(new SharedArrayBuffer(4));
    const wake =
      'const { workerData: words } = require("node:worker_threads"); Atomics.store(words, 0, 1); Atomics.notify(words, 0);';
    const worker = new Worker(wake, { eval: true, workerData: words });
    while (Atomics.load(words, 0) === 0) one.progress.wait(words, 0, 0);
    return worker.terminate();
  });

  it.each([
    { allWait: false, longest: 3 },
    { allWait: true, longest: 0.02 },
  ])('looks every $longest ms at the rarest after 10 ms, where all wait: $allWait', ({ allWait, longest }) => {
    const [one] = twoRanks();
    let now = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
    const sleeps: unknown[] = [];
    const sleep = jest.spyOn(Atomics, 'wait').mockImplementation((_array, _place, _value, timeout) => {
      sleeps.push(timeout);
      return 'timed-out';
    });
    try {
      one.progress.start(one.communicator.barrier(0));
      for (now of [10, 19, 30, 60]) one.progress.wait(new Int32Array(1), 0, 0, allWait);
    } finally {
      clock.mockRestore();
      sleep.mockRestore();
    }
    expect(sleeps).toEqual([Math.min(10 / 8, longest), Math.min(19 / 8, longest), 3, 3]);
  });

  it('wakes up for a message from another thread, of which nobody tells it', async () => {
    const [ports, [port]] = connect(2);
    const communicator = new Communicator(new InMemoryMessages(0, ports));
    const send =
      'const { workerData: port } = require("node:worker_threads"); port.postMessage({ tag: 0, bytes: new Uint8Array(1) });';
    const options = { eval: true, workerData: port, transferList: port ? [port] : [] };
    const worker = new Worker(send, options);
    new Progress(communicator).complete(communicator.barrier(0));
    expect(communicator.completed).toBe(2);
    await worker.terminate();
  });
});
