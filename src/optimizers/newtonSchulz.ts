import type { Kernels } from '../kernels/kernels.js';
import { matrix, panelSize } from '../kernels/patches.js';
import { type PartPhase, perPart, uniteParts } from '../program/phase.js';
import type { UpdatePlanner } from './updates.js';

// Columns, or rows, of a product that one thread does at a time: few enough that what it packs stays in a core's cache.
const GRAM_COLUMNS = 16;
const SQUARE_COLUMNS = 32;
const WIDE_COLUMNS = 64;
const TALL_ROWS = 64;

/** Rows of a tall matrix that are packed at a time; a multiple of the products' blocks of 64. */
const GRAM_ROWS = 1024;

/** What float32 leaves uncertain of XXᵀ, whose largest eigenvalue is about 1; and what may become of that before XXᵀ is made
 * again from X. */
const [ROUNDING, MOST_ERROR] = [2 ** -22, 1 / 100];

/** Numbers of an array, row by row. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

export interface NewtonSchulz {
  readonly nsCoefficients: readonly [number, number, number];
  readonly nsSteps: number;
}

type Planner = Pick<UpdatePlanner, 'kernels' | 'arena' | 'scratch'>;

/** Phases that bring all singular values of a matrix X, whose Frobenius norm is at most 1, near 1, in its place: X ← (aI + bA +
 * cA²)·X, nsSteps times, with A = XXᵀ. Jordan et al., 2024. The same of Xᵀ gives the same, transposed, so that A is made on
 * the shorter side.
 *
 * All steps are polynomials of the first A, which commute. So a round of some steps works on A and on the product Q of the
 * polynomials P, which are much smaller than X, and symmetric: A ← P(PA), Q ← PQ; and multiplies X by Q once, at its end. */
export function planNewtonSchulz(x: Matrix, planner: Planner, settings: NewtonSchulz): PartPhase[] {
  const { kernels, arena, scratch } = planner;
  const order = Math.min(x.rows, x.columns);
  const square = () => arena.float32(order * order, 'the optimizer');
  const [gram, half, polynomial] = [square(), square(), square()];
  const products = [square(), square()];
  scratch(scratchOf(x, order));
  const multiply = (left: Float32Array, right: Float32Array, target: Float32Array) =>
    symmetricProduct(kernels, order, left, right, target);
  const step = (index: number, isLast: boolean): PartPhase[] => {
    // The first polynomial is the product.
    const p = index === 0 ? products[0] : polynomial;
    const [before, product] = [products[(index + 1) % 2], products[index % 2]];
    const ofProduct = index === 0 ? [] : [multiply(p, before, product)];
    return [
      polynomialOf(kernels, order, gram, settings.nsCoefficients, p),
      ...uniteParts([...(isLast ? [] : [multiply(p, gram, half)]), ...ofProduct]),
      ...(isLast ? [] : [multiply(p, half, gram)]),
    ];
  };
  return roundsOf(settings).flatMap((steps) => [
    gramOf(kernels, x, gram),
    ...Array.from({ length: steps }, (_, index) => step(index, index === steps - 1)).flat(),
    multiplyX(kernels, x, products[(steps - 1) % 2]),
  ]);
}

/** Steps of each round. Rounding errors of A grow by a² in each step, and those of small eigenvalues would end in a polynomial
 * that is wrong, or negative ones in infinity. */
function roundsOf({ nsCoefficients: [a], nsSteps }: NewtonSchulz): number[] {
  const growth = 2 * Math.log2(Math.abs(a));
  const bearable = growth > 0 ? 1 + Math.floor(Math.log2(MOST_ERROR / ROUNDING) / growth) : nsSteps;
  const rounds = Math.ceil(nsSteps / Math.max(1, bearable));
  return Array.from(
    { length: rounds },
    (_, i) => Math.floor(((i + 1) * nsSteps) / rounds) - Math.floor((i * nsSteps) / rounds),
  );
}

function scratchOf({ rows, columns }: Matrix, order: number): number {
  const squares = panelSize(order, SQUARE_COLUMNS);
  if (rows <= columns) return Math.max(panelSize(columns, GRAM_COLUMNS), squares, panelSize(rows, WIDE_COLUMNS));
  const packed = Math.min(rows, GRAM_ROWS);
  return Math.max(panelSize(packed, GRAM_COLUMNS) + 4 * packed, squares, squares + TALL_ROWS * columns);
}

/** Blocks of so many of the columns of a square matrix that is symmetric: those above the diagonal and on it are made, and
 * mirrored. The last, which have most rows, come first. */
function perSymmetricBlock(
  order: number,
  size: number,
  target: Float32Array,
  make: (first: number, count: number, scratch: Float32Array) => void,
): PartPhase {
  const parts = Math.ceil(order / size);
  return perPart(parts, (part, _pass, scratch) => {
    const first = (parts - 1 - part) * size;
    const count = Math.min(size, order - first);
    make(first, count, scratch);
    for (let j = first; j < first + count; j++)
      for (let i = 0; i < j; i++) target[j * order + i] = target[i * order + j];
  });
}

/** A = XXᵀ, or XᵀX where X has more rows than columns. */
function gramOf(kernels: Kernels, { data, rows, columns }: Matrix, gram: Float32Array): PartPhase {
  if (rows <= columns)
    return perSymmetricBlock(rows, GRAM_COLUMNS, gram, (first, count, panels) => {
      kernels.packPanels(data.subarray(first * columns), columns, count, 1, columns, panels, 0, columns);
      const above = matrix(first + count, columns);
      kernels.gemm(data, above, panels, undefined, gram.subarray(first), count, rows);
    });
  return perSymmetricBlock(columns, GRAM_COLUMNS, gram, (first, count, panels) => {
    const packed = panels.subarray(panelSize(Math.min(rows, GRAM_ROWS), count));
    for (let row = 0; row < rows; row += GRAM_ROWS) {
      const depth = Math.min(GRAM_ROWS, rows - row);
      const x = data.subarray(row * columns);
      kernels.packPanels(x.subarray(first), depth, count, columns, 1, panels, 0, depth);
      const above = matrix(depth, first + count, columns);
      kernels.gemmTransposed(x, above, panels, packed, gram.subarray(first), count, columns, row > 0);
    }
  });
}

/** P = aI + A(bI + cA). */
function polynomialOf(
  kernels: Kernels,
  order: number,
  gram: Float32Array,
  [a, b, c]: NewtonSchulz['nsCoefficients'],
  polynomial: Float32Array,
): PartPhase {
  return perSymmetricBlock(order, SQUARE_COLUMNS, polynomial, (first, count, panels) => {
    kernels.packPanels(gram.subarray(first), order, count, order, 1, panels, 0, order);
    kernels.scale(panels.subarray(0, panelSize(order, count)), c);
    for (let j = 0; j < count; j++) panels[panelSize(order, j - (j % 8)) + 8 * (first + j) + (j % 8)] += b;
    kernels.gemm(gram, matrix(first + count, order), panels, undefined, polynomial.subarray(first), count, order);
    for (let j = first; j < first + count; j++) polynomial[j * order + j] += a;
  });
}

/** The product of two symmetric matrices that commute, and so a symmetric one. */
function symmetricProduct(
  kernels: Kernels,
  order: number,
  left: Float32Array,
  right: Float32Array,
  target: Float32Array,
): PartPhase {
  return perSymmetricBlock(order, SQUARE_COLUMNS, target, (first, count, panels) => {
    kernels.packPanels(right.subarray(first), order, count, order, 1, panels, 0, order);
    kernels.gemm(left, matrix(first + count, order), panels, undefined, target.subarray(first), count, order);
  });
}

/** X ← QX, or XQ where X has more rows than columns: a block of its columns, or rows, depends on these alone. */
function multiplyX(kernels: Kernels, { data, rows, columns }: Matrix, product: Float32Array): PartPhase {
  if (rows <= columns)
    return perPart(Math.ceil(columns / WIDE_COLUMNS), (part, _pass, panels) => {
      const first = part * WIDE_COLUMNS;
      const count = Math.min(WIDE_COLUMNS, columns - first);
      const block = data.subarray(first);
      kernels.packPanels(block, rows, count, columns, 1, panels, 0, rows);
      kernels.gemm(product, matrix(rows, rows), panels, undefined, block, count, columns);
    });
  return perPart(Math.ceil(rows / TALL_ROWS), (part, _pass, scratch) => {
    const block = data.subarray(part * TALL_ROWS * columns, Math.min(rows, (part + 1) * TALL_ROWS) * columns);
    const panels = scratch.subarray(block.length);
    scratch.set(block);
    for (let first = 0; first < columns; first += SQUARE_COLUMNS) {
      const count = Math.min(SQUARE_COLUMNS, columns - first);
      kernels.packPanels(product.subarray(first), columns, count, columns, 1, panels, 0, columns);
      const x = matrix(block.length / columns, columns);
      kernels.gemm(scratch, x, panels, undefined, block.subarray(first), count, columns);
    }
  });
}
