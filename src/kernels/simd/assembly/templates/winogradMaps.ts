import { added, finished, printMap, stored, type WinogradMap } from './winogradMap.js';

// Winograd's one-dimensional maps for stride 1, as ../../../../reference/winogradMaps.ts defines them.

/** Bᵀ of F(4,3). */
const inputLong: WinogradMap = {
  inputs: ['d0', 'd1', 'd2', 'd3', 'd4', 'd5'],
  shared: { even: 'sub(d4, d2)', odd: 'sub(d3, d1)' },
  results: {
    0: 'add(add(sub(even, d2), d0), times(ONE_AND_HALF, odd))',
    1: 'add(add(even, odd), times(ONE_AND_HALF, add(d2, d3)))',
    2: 'add(sub(even, odd), times(ONE_AND_HALF, sub(d3, d2)))',
    3: 'add(even, times(TWO, odd))',
    4: 'sub(even, times(HALF, odd))',
    5: 'add(sub(sub(d5, d3), odd), times(ONE_AND_HALF, even))',
  },
};

/** Bᵀ of F(2,3). */
const inputShort: WinogradMap = {
  inputs: ['d0', 'd1', 'd2', 'd3'],
  results: {
    0: 'sub(d0, d2)',
    1: 'times(ONE_AND_HALF, add(d1, d2))',
    2: 'times(ONE_AND_HALF, sub(d1, d2))',
    5: 'sub(d3, d1)',
  },
};

/** Aᵀ of F(4,3). */
const outputLong: WinogradMap = {
  inputs: ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'],
  shared: { sum: 'add(m1, m2)', difference: 'sub(m1, m2)' },
  results: {
    0: 'add(add(m0, sum), add(m3, m4))',
    1: 'add(difference, sub(times(HALF, m3), times(TWO, m4)))',
    2: 'add(sum, add(times(QUARTER, m3), times(FOUR, m4)))',
    3: 'add(add(difference, m5), sub(times(EIGHTH, m3), times(EIGHT, m4)))',
  },
};

/** Aᵀ of F(2,3). */
const outputShort: WinogradMap = {
  inputs: ['m0', 'm1', 'm2', 'm5'],
  results: { 0: 'add(m0, add(m1, m2))', 1: 'add(sub(m1, m2), m5)' },
};

/** A of F(4,3). */
const outputGradientLong: WinogradMap = {
  inputs: ['d0', 'd1', 'd2', 'd3'],
  shared: { even: 'add(d0, d2)', odd: 'add(d1, d3)' },
  results: {
    0: 'd0',
    1: 'add(even, odd)',
    2: 'sub(even, odd)',
    3: 'add(add(d0, times(QUARTER, d2)), add(times(HALF, d1), times(EIGHTH, d3)))',
    4: 'sub(add(d0, times(FOUR, d2)), add(times(TWO, d1), times(EIGHT, d3)))',
    5: 'd3',
  },
};

/** A of F(2,3). */
const outputGradientShort: WinogradMap = {
  inputs: ['d0', 'd1'],
  results: { 0: 'd0', 1: 'add(d0, d1)', 2: 'sub(d0, d1)', 5: 'd1' },
};

/** B of F(4,3). */
const inputGradientLong: WinogradMap = {
  inputs: ['v0', 'v1', 'v2', 'v3', 'v4', 'v5'],
  shared: {
    sum: 'add(v1, v2)',
    difference: 'sub(v1, v2)',
    even: 'add(add(add(v0, sum), add(v3, v4)), times(ONE_AND_HALF, v5))',
    odd: 'add(add(sub(times(ONE_AND_HALF, v0), v5), difference), sub(times(TWO, v3), times(HALF, v4)))',
  },
  results: {
    0: 'v0',
    1: 'neg(odd)',
    2: 'sub(times(ONE_AND_HALF, difference), add(even, v0))',
    3: 'add(times(ONE_AND_HALF, sum), sub(odd, v5))',
    4: 'even',
    5: 'v5',
  },
};

/** B of F(2,3). */
const inputGradientShort: WinogradMap = {
  inputs: ['v0', 'v1', 'v2', 'v5'],
  results: {
    0: 'v0',
    1: 'sub(times(ONE_AND_HALF, add(v1, v2)), v5)',
    2: 'sub(times(ONE_AND_HALF, sub(v1, v2)), v0)',
    3: 'v5',
  },
};

/** G. */
const weights: WinogradMap = {
  inputs: ['g0', 'g1', 'g2'],
  shared: { outer: 'add(g0, g2)' },
  results: {
    0: 'g0',
    1: 'times(THIRD, add(outer, g1))',
    2: 'times(THIRD, sub(g1, outer))',
    3: 'neg(times(FIFTEENTH, add(add(times(SIXTEEN, g0), times(EIGHT, g1)), times(FOUR, g2))))',
    4: 'times(FIFTEENTH, add(sub(g0, times(TWO, g1)), times(FOUR, g2)))',
    5: 'g2',
  },
};

/** Gᵀ. */
const weightGradients: WinogradMap = {
  inputs: ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'],
  shared: { difference: 'times(THIRD, sub(u1, u2))' },
  results: {
    0: 'add(add(u0, difference), times(FIFTEENTH, sub(u4, times(SIXTEEN, u3))))',
    1: 'sub(times(THIRD, add(u1, u2)), times(FIFTEENTH, add(times(EIGHT, u3), times(TWO, u4))))',
    2: 'add(add(difference, u5), times(FIFTEENTH, sub(times(FOUR, u4), times(FOUR, u3))))',
  },
};

export const winogradMaps = [
  "import { storePair } from './columns';",
  "import { EIGHT, EIGHTH, FIFTEENTH, FOUR, HALF, ONE_AND_HALF, QUARTER, SIXTEEN, THIRD, TWO } from './constants';",
  "import { add, finish, neg, put, sub, times } from './winogradVectors';",
  printMap('inputLong', inputLong, true, stored),
  printMap('inputShort', inputShort, true, stored),
  printMap('outputLong', outputLong, false, finished),
  printMap('outputShort', outputShort, false, finished),
  printMap('outputGradientLong', outputGradientLong, true, stored),
  printMap('outputGradientShort', outputGradientShort, true, stored),
  printMap('inputGradientLong', inputGradientLong, false, added),
  printMap('inputGradientShort', inputGradientShort, false, added),
  printMap('weights', weights, false, stored),
  printMap('weightGradients', weightGradients, false, stored),
].join('\n');
