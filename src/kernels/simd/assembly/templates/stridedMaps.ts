import { added, finished, printMap, stored, type WinogradMap } from './winogradMap.js';

// Winograd's one-dimensional maps for stride 2, as ../../../../reference/stridedMaps.ts defines them.

/** Bᵀ with F(4,2). */
const inputLong: WinogradMap = {
  inputs: ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8'],
  results: {
    0: 'add(sub(x0, x6), times(ONE_AND_HALF, sub(x2, x4)))',
    1: 'add(add(x2, x6), times(TWO_AND_HALF, x4))',
    2: 'add(sub(x8, x2), times(ONE_AND_HALF, sub(x6, x4)))',
    3: 'sub(add(x4, x6), times(TWO, x2))',
    4: 'sub(x6, times(HALF, add(x2, x4)))',
    5: 'x1',
    6: 'x3',
    7: 'x5',
    8: 'x7',
  },
};

/** Bᵀ with F(2,2). */
const inputShort: WinogradMap = {
  inputs: ['x0', 'x1', 'x2', 'x3', 'x4'],
  results: { 0: 'sub(x0, x2)', 1: 'times(FOUR_AND_HALF, x2)', 2: 'sub(x4, x2)', 5: 'x1', 6: 'x3' },
};

/** Aᵀ with F(4,2). */
const outputLong: WinogradMap = {
  inputs: ['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8'],
  results: {
    0: 'add(add(add(m0, m1), add(m3, m4)), m5)',
    1: 'add(sub(m1, add(times(HALF, m3), times(TWO, m4))), m6)',
    2: 'add(add(m1, add(times(QUARTER, m3), times(FOUR, m4))), m7)',
    3: 'add(sub(add(m1, m2), add(times(EIGHTH, m3), times(EIGHT, m4))), m8)',
  },
};

/** Aᵀ with F(2,2). */
const outputShort: WinogradMap = {
  inputs: ['m0', 'm1', 'm2', 'm5', 'm6'],
  results: { 0: 'add(add(m0, m1), m5)', 1: 'add(add(m1, m2), m6)' },
};

/** A with F(4,2). */
const outputGradientLong: WinogradMap = {
  inputs: ['d0', 'd1', 'd2', 'd3'],
  results: {
    0: 'd0',
    1: 'add(add(d0, d2), add(d1, d3))',
    2: 'd3',
    3: 'sub(add(d0, times(QUARTER, d2)), add(times(HALF, d1), times(EIGHTH, d3)))',
    4: 'sub(add(d0, times(FOUR, d2)), add(times(TWO, d1), times(EIGHT, d3)))',
    5: 'd0',
    6: 'd1',
    7: 'd2',
    8: 'd3',
  },
};

/** A with F(2,2). */
const outputGradientShort: WinogradMap = {
  inputs: ['d0', 'd1'],
  results: { 0: 'd0', 1: 'add(d0, d1)', 2: 'd1', 5: 'd0', 6: 'd1' },
};

/** B with F(4,2). */
const inputGradientLong: WinogradMap = {
  inputs: ['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7', 'v8'],
  shared: { half: 'times(HALF, v4)' },
  results: {
    0: 'v0',
    1: 'v5',
    2: 'sub(add(sub(v1, v2), times(ONE_AND_HALF, v0)), add(times(TWO, v3), half))',
    3: 'v6',
    4: 'add(sub(times(TWO_AND_HALF, v1), times(ONE_AND_HALF, add(v0, v2))), sub(v3, half))',
    5: 'v7',
    6: 'add(add(sub(v1, v0), times(ONE_AND_HALF, v2)), add(v3, v4))',
    7: 'v8',
    8: 'v2',
  },
};

/** B with F(2,2). */
const inputGradientShort: WinogradMap = {
  inputs: ['v0', 'v1', 'v2', 'v5', 'v6'],
  results: { 0: 'v0', 1: 'v5', 2: 'sub(times(FOUR_AND_HALF, v1), add(v0, v2))', 3: 'v6', 4: 'v2' },
};

/** G. */
const weights: WinogradMap = {
  inputs: ['g0', 'g1', 'g2'],
  results: {
    0: 'g0',
    1: 'times(NINTH, times(TWO, add(g0, g2)))',
    2: 'g2',
    3: 'times(NINTH, sub(times(EIGHT, g0), times(FOUR, g2)))',
    4: 'times(NINTH, sub(times(TWO, g2), g0))',
    5: 'g1',
  },
};

/** Gᵀ. */
const weightGradients: WinogradMap = {
  inputs: ['u0', 'u1', 'u2', 'u3', 'u4', 'u5'],
  shared: { both: 'times(TWO, u1)' },
  results: {
    0: 'add(u0, times(NINTH, add(both, sub(times(EIGHT, u3), u4))))',
    1: 'u5',
    2: 'add(u2, times(NINTH, add(both, sub(times(TWO, u4), times(FOUR, u3)))))',
  },
};

export const stridedMaps = [
  "import { storePair } from './columns';",
  "import { EIGHT, EIGHTH, FOUR, FOUR_AND_HALF, HALF, NINTH, ONE_AND_HALF, QUARTER, TWO, TWO_AND_HALF } from './constants';",
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
