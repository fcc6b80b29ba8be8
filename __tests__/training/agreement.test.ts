import { describe, expect, it } from '@jest/globals';
import { agree } from '../../src/training/agreement.js';

/** Machines that say this of themselves, as the one of rank 1 sees them. */
const saying = (...states: readonly Readonly<Record<string, unknown>>[]) => ({
  rank: 1,
  ranks: states.length,
  companion: () => ({ takePart: async () => {} }),
  gather: async (own: string) => states.map((state, rank) => (rank === 1 ? own : textOf(state))),
});
const textOf = (state: object) =>
  JSON.stringify(Object.fromEntries(Object.entries(state).map(([name, value]) => [name, JSON.stringify(value)])));

describe('machines', () => {
  const same = { batchSize: 100, test: undefined, mean: [0.5] };

  it('go on where all are alike, and where there is one', async () => {
    await agree(saying(same, same, same), () => same);
    await agree(undefined, () => {
      throw new Error('asked for nothing');
    });
  });

  it.each([
    [{ ...same, batchSize: 50 }, 'rank 2 differs from rank 0: batchSize is 50 there and 100 at rank 0; start all anew'],
    [{ ...same, test: 'a' }, 'rank 2 differs from rank 0: test is "a" there and nothing at rank 0; start all anew'],
    [{ batchSize: 100 }, 'rank 2 differs from rank 0: mean is nothing there and [0.5] at rank 0; start all anew'],
    [{ ...same, mean: 'x'.repeat(100) }, 'rank 2 differs from rank 0: another mean; start all anew'],
  ])('say which one differs, and in what: %j', async (other, message) => {
    await expect(agree(saying(same, same, other), () => same, 'start all anew')).rejects.toThrow(
      expect.objectContaining({ code: 'MACHINES', message }),
    );
  });

  it('take no signal, which would stop one of them', async () => {
    const { signal } = new AbortController();
    await expect(agree(saying(same, same), () => same, undefined, signal)).rejects.toThrow('signal would stop');
  });
});
