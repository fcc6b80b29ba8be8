import { expect, it } from '@jest/globals';
import { RequestQueue } from '../../src/prediction/requestQueue.js';

/** Samples of two numbers, (x, 10·x), whose output is their sum. */
const ask = (queue: RequestQueue, ...numbers: number[]) =>
  queue.add(numbers.length, (inputs) => inputs.set(numbers.flatMap((x) => [x, 10 * x])));

/** Takes so many samples into a batch, answers it, and tells what was in it. */
function compute(queue: RequestQueue, samples: number): number[] {
  const inputs = new Float32Array(2 * samples);
  queue.take(samples, inputs);
  queue.answer(Float32Array.from({ length: samples }, (_, n) => inputs[2 * n] + inputs[2 * n + 1]));
  return [...inputs].filter((_, i) => i % 2 === 0);
}

it('joins requests to batches in the order in which they came, cuts what is larger, and gives each its own outputs', async () => {
  const queue = new RequestQueue(10, 2, 1);
  const answers = [ask(queue, 1), ask(queue, 2, 3, 4, 5, 6), ask(queue, 7)];
  expect(queue.waiting).toBe(7);
  expect(compute(queue, 3)).toEqual([1, 2, 3]);
  answers.push(ask(queue, 8, 9));
  expect(compute(queue, 3)).toEqual([4, 5, 6]);
  expect(compute(queue, 3)).toEqual([7, 8, 9]);
  expect(queue.waiting).toBe(0);
  expect((await Promise.all(answers)).map((outputs) => [...outputs])).toEqual([
    [11],
    [22, 33, 44, 55, 66],
    [77],
    [88, 99],
  ]);
});

it('refuses with BUSY what would make more than 5 samples wait, saying how many do; a taken sample waits no more', () => {
  const queue = new RequestQueue(5, 2, 1);
  void ask(queue, 1, 2, 3);
  expect(() => ask(queue, 4, 5, 6)).toThrow(
    expect.objectContaining({
      code: 'BUSY',
      message: expect.stringMatching(/^expected at most 5 samples to wait, found 3 that do and 3 more; .*maxQueue/),
    }),
  );
  compute(queue, 1);
  void ask(queue, 4, 5, 6);
  expect(queue.waiting).toBe(5);
});

it('rejects all that have not got their outputs, those in a batch too, and goes on empty', async () => {
  const queue = new RequestQueue(10, 2, 1);
  const answered = ask(queue, 1);
  compute(queue, 1);
  const refused = [ask(queue, 2, 3), ask(queue, 4)];
  queue.take(1, new Float32Array(2));
  const error = new Error('over');
  queue.reject(error);
  expect(await Promise.allSettled(refused)).toEqual(Array(2).fill({ status: 'rejected', reason: error }));
  expect([...(await answered)]).toEqual([11]);
  expect(queue.waiting).toBe(0);
  expect(compute(queue, 0)).toEqual([]);
});
