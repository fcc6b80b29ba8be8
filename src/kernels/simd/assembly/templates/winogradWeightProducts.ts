import { addSums, each, eachVector, multiplyAdds, narrow, sums, type Tile, wide } from './tile.js';

/** The last tile where turns of two leave one. */
const lastTerm = ({ vectors }: Tile) => `
      if (p === end) {
        ${multiplyAdds(
          { vectors, terms: 1 },
          (row) => `p, ${4 * row}`,
          (vector) => `r, ${16 * vector}`,
        )}
      }`;

/** Four rows of the weights' gradient at a time: points by upstream points, whose tiles are the terms. Pointers and offsets
 * are used as in ./winogradProducts.ts. */
const product = (name: string, tile: Tile) => `
export function ${name}(
  a: usize,
  aBlockStride: usize,
  b: usize,
  bBlockStride: usize,
  rows: i32,
  depth: i32,
  columns: i32,
  output: usize,
  outputStride: usize,
  accumulate: bool,
): void {
  for (let n = 0; n < columns; n += ${4 * tile.vectors}) {
    for (let k = 0; k < depth; k += 4) {
      ${sums(tile)}
      let p = a + channelOffset(<usize>k << 2, aBlockStride);
      let r = b + channelOffset(<usize>n << 2, bBlockStride);
      const end = p + <usize>(rows - ${tile.terms - 1}) * TILE_STRIDE;
      for (; p < end; p += ${288 * tile.terms}, r += ${288 * tile.terms}) {
        ${multiplyAdds(
          tile,
          (row, term) => `p + ${288 * term}, ${4 * row}`,
          (vector, term) => `r, ${288 * term + 16 * vector}`,
        )}
      }
      ${tile.terms === 1 ? '' : lastTerm(tile)}
      const q0 = output + <usize>k * outputStride + (<usize>n << 2);
      const q1 = q0 + outputStride;
      const q2 = q1 + outputStride;
      const q3 = q2 + outputStride;
      if (accumulate) {
        ${each(4, (row) => addSums(tile, row, `q${row}`))}
      } else {
        ${eachVector(tile, (i, j) => `v128.store(q${i}, c${i}${j ^ 1}, ${16 * (j ^ 1)});`)}
      }
    }
  }
}
`;

export const winogradWeightProducts = `
import { multiplyAdd } from './multiplyAdd';
import { channelOffset, TILE_STRIDE } from './points';
${product('productTransposed', narrow)}
${product('productTransposedWide', wide)}
`;
