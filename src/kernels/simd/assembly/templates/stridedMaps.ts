import { added, finished, printMap, stored, type WinogradMap } from './winogradMap.js';

// Winograd's one-dimensional maps for stride 2, as ../../../../reference/stridedMaps.ts defines them.

/** Bᵀ with F(4,2). */
const inputLong: WinogradMap = {
  inputs: ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8'],
  results: {
    0: 'add(sub(x0, x6), times(ONE_AND_HALF, sub(x2, x4)))',
    1: 'add(sub(x8, x2), times(ONE_AND_HALF, sub(x6, x4)))',
    2: 'add(add(x2, x6), times(TWO_AND_HALF, x4))',
    3: 'sub(x6, times(HALF, add(x2, x4)))',
    4: 'sub(add(x4, x6), times(TWO, x2))',
    5: 'sub(x1, times(HALF, add(x3, x5)))',
    6: 'sub(add(x5, x7), times(TWO, x3))',
    7: 'times(THIRD, add(x5, times(TWO, x3)))',
    8: 'times(SIXTH, sub(x5, x3))',
  },
};

/** Bᵀ with F(2,2). */
const inputShort: WinogradMap = {
  inputs: ['x0', 'x1', 'x2', 'x3', 'x4'],
  results: { 0: 'sub(x0, x2)', 1: 'sub(x4, x2)', 2: 'times(FOUR_AND_HALF, x2)', 5: 'x1', 6: 'x3' },
};

/** Aᵀ with F(4,2). */
const outputLong: WinogradMap = {
  inputs: ['m0', 'm1', 'm2', 'm3', 'm4'],
  results: {
    0: 'add(add(m0, m2), add(m3, m4))',
    1: 'sub(m2, add(times(TWO, m3), times(HALF, m4)))',
    2: 'add(m2, add(times(FOUR, m3), times(QUARTER, m4)))',
    3: 'sub(add(m1, m2), add(times(EIGHT, m3), times(EIGHTH, m4)))',
  },
};

/** Aᵀ with F(2,2). */
const outputShort: WinogradMap = {
  inputs: ['m0', 'm1', 'm2'],
  results: { 0: 'add(m0, m2)', 1: 'add(m1, m2)' },
};

/** A with F(4,2). */
const outputGradientLong: WinogradMap = {
  inputs: ['d0', 'd1', 'd2', 'd3'],
  results: {
    0: 'd0',
    1: 'd3',
    2: 'add(add(d0, d2), add(d1, d3))',
    3: 'sub(add(d0, times(FOUR, d2)), add(times(TWO, d1), times(EIGHT, d3)))',
    4: 'sub(add(d0, times(QUARTER, d2)), add(times(HALF, d1), times(EIGHTH, d3)))',
  },
};

/** A with F(2,2). */
const outputGradientShort: WinogradMap = {
  inputs: ['d0', 'd1'],
  results: { 0: 'd0', 1: 'd1', 2: 'add(d0, d1)' },
};

/** B with F(4,2). */
const inputGradientLong: WinogradMap = {
  inputs: ['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8'],
  shared: {
    half: 'times(HALF, v3)',
    halfOdd: 'times(HALF, v5)',
    thirdOdd: 'times(THIRD, v7)',
    sixthOdd: 'times(SIXTH, v8)',
  },
  results: {
    0: 'v0',
    1: 'v5',
    2: 'sub(add(sub(v2, v1), times(ONE_AND_HALF, v0)), add(times(TWO, v4), half))',
    3: 'sub(sub(times(TWO, thirdOdd), sixthOdd), add(halfOdd, times(TWO, v6)))',
    4: 'add(sub(times(TWO_AND_HALF, v2), times(ONE_AND_HALF, add(v0, v1))), sub(v4, half))',
    5: 'add(add(thirdOdd, sixthOdd), sub(v6, halfOdd))',
    6: 'add(add(sub(v2, v0), times(ONE_AND_HALF, v1)), add(v4, v3))',
    7: 'v6',
    8: 'v1',
  },
};

/** B with F(2,2). */
const inputGradientShort: WinogradMap = {
  inputs: ['v0', 'v1', 'v2', 'v5', 'v6'],
  results: { 0: 'v0', 1: 'v5', 2: 'sub(times(FOUR_AND_HALF, v2), add(v0, v1))', 3: 'v6', 4: 'v1' },
};

/** G. */
const weights: WinogradMap = {
  inputs: ['g0', 'g1', 'g2'],
  results: {
    0: 'g0',
    1: 'g2',
    2: 'times(NINTH, times(TWO, add(g0, g2)))',
    3: 'times(NINTH, sub(times(TWO, g2), g0))',
    4: 'times(NINTH, sub(times(EIGHT, g0), times(FOUR, g2)))',
    5: 'g1',
  },
};

/** Gᵀ. */
const weightGradients: WinogradMap = {
  inputs: ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'],
  shared: { both: 'times(TWO, u2)' },
  results: {
    0: 'add(u0, times(NINTH, add(both, sub(times(EIGHT, u4), u3))))',
    1: 'u5',
    2: 'add(u1, times(NINTH, add(both, sub(times(TWO, u3), times(FOUR, u4)))))',
  },
};

export const stridedMaps = [
  "import { storePair } from './columns';",
  "import { EIGHT, EIGHTH, FOUR, FOUR_AND_HALF, HALF, NINTH, ONE_AND_HALF, QUARTER, SIXTH, THIRD, TWO, TWO_AND_HALF } from './constants';",
  "import { add, finish, put, sub, times } from './winogradVectors';",
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
