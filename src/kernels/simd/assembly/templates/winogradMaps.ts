import { added, finished, printMap, stored, type WinogradMap } from './winogradMap.js';

// Winograd's one-dimensional maps for stride 1, as ../../../../reference/winogradMaps.ts defines them.

/** Bᵀ of F(4,3). */
const inputLong: WinogradMap = {
  inputs: ['d0', 'd1', 'd2', 'd3', 'd4', 'd5'],
  shared: { even: 'sub(d4, d2)', odd: 'sub(d3, d1)' },
  results: {
    0: 'add(add(sub(even, d2), d0), times(1.5, odd))',
    1: 'add(add(even, odd), times(1.5, add(d2, d3)))',
    2: 'add(sub(even, odd), times(1.5, sub(d3, d2)))',
    3: 'add(even, times(2, odd))',
    4: 'sub(even, times(0.5, odd))',
    5: 'add(sub(sub(d5, d3), odd), times(1.5, even))',
  },
};

/** Bᵀ of F(2,3). */
const inputShort: WinogradMap = {
  inputs: ['d0', 'd1', 'd2', 'd3'],
  results: { 0: 'sub(d0, d2)', 1: 'times(1.5, add(d1, d2))', 2: 'times(1.5, sub(d1, d2))', 5: 'sub(d3, d1)' },
};

/** Aᵀ of F(4,3). */
const outputLong: WinogradMap = {
  inputs: ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'],
  shared: { sum: 'add(m1, m2)', difference: 'sub(m1, m2)' },
  results: {
    0: 'add(add(m0, sum), add(m3, m4))',
    1: 'add(difference, sub(times(0.5, m3), times(2, m4)))',
    2: 'add(sum, add(times(0.25, m3), times(4, m4)))',
    3: 'add(add(difference, m5), sub(times(0.125, m3), times(8, m4)))',
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
    3: 'add(add(d0, times(0.25, d2)), add(times(0.5, d1), times(0.125, d3)))',
    4: 'sub(add(d0, times(4, d2)), add(times(2, d1), times(8, d3)))',
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
    even: 'add(add(add(v0, sum), add(v3, v4)), times(1.5, v5))',
    odd: 'add(add(sub(times(1.5, v0), v5), difference), sub(times(2, v3), times(0.5, v4)))',
  },
  results: {
    0: 'v0',
    1: 'neg(odd)',
    2: 'sub(times(1.5, difference), add(even, v0))',
    3: 'add(times(1.5, sum), sub(odd, v5))',
    4: 'even',
    5: 'v5',
  },
};

/** B of F(2,3). */
const inputGradientShort: WinogradMap = {
  inputs: ['v0', 'v1', 'v2', 'v5'],
  results: { 0: 'v0', 1: 'sub(times(1.5, add(v1, v2)), v5)', 2: 'sub(times(1.5, sub(v1, v2)), v0)', 3: 'v5' },
};

/** G. */
const weights: WinogradMap = {
  inputs: ['g0', 'g1', 'g2'],
  shared: { outer: 'add(g0, g2)' },
  results: {
    0: 'g0',
    1: 'times(THIRD, add(outer, g1))',
    2: 'times(THIRD, sub(g1, outer))',
    3: 'neg(times(FIFTEENTH, add(add(times(16, g0), times(8, g1)), times(4, g2))))',
    4: 'times(FIFTEENTH, add(sub(g0, times(2, g1)), times(4, g2)))',
    5: 'g2',
  },
};

/** Gᵀ. */
const weightGradients: WinogradMap = {
  inputs: ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'],
  shared: { difference: 'times(THIRD, sub(u1, u2))' },
  results: {
    0: 'add(add(u0, difference), times(FIFTEENTH, sub(u4, times(16, u3))))',
    1: 'sub(times(THIRD, add(u1, u2)), times(FIFTEENTH, add(times(8, u3), times(2, u4))))',
    2: 'add(add(difference, u5), times(FIFTEENTH, sub(times(4, u4), times(4, u3))))',
  },
};

export const winogradMaps = [
  "import { add, FIFTEENTH, finish, neg, put, sub, THIRD, times } from './winogradVectors';",
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
