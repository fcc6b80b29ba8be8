import { addSums, each, eachVector, multiplyAdds, narrow, sums, type Tile, wide } from './tile.js';

/** Four tiles' points at a time by panels: each output element is a sum of its terms in order, added to what is there if it
 * accumulates. Terms are told apart by the pointer and tiles by the offset, as V8 adds an offset to the memory's base in an instruction of its own. Of a pair the
 * high vector is stored first: see storePair. */
const product = (name: string, tile: Tile) => `
export function ${name}(
  a: usize,
  rows: i32,
  blockStride: usize,
  depth: usize,
  panels: usize,
  output: usize,
  outputBlockStride: usize,
  columns: i32,
  accumulate: bool,
): void {
  const depthBytes = depth << 2;
  const panelBytes = depthBytes << 3;
  for (let n = 0; n < columns; n += ${4 * tile.vectors}, panels += ${tile.vectors / 2} * panelBytes) {
    const q = output + channelOffset(<usize>n << 2, outputBlockStride);
    for (let m = 0; m < rows; m += 4) {
      // Where four tiles do not divide the rows the last four overlap with those before.
      const start = <usize>min(m, rows - 4) * TILE_STRIDE;
      let p = a + start;
      ${each(tile.vectors / 2, (i) => `let b${i} = panels + ${i} * panelBytes;`)}
      ${sums(tile)}
      for (let left = depthBytes; left > 0; p += blockStride) {
        const bytes = min(left, 256);
        const end = p + bytes;
        left -= bytes;
        for (let k = p; k < end; k += ${4 * tile.terms}) {
          ${multiplyAdds(
            tile,
            (row, term) => `k + ${4 * term}, ${288 * row}`,
            (vector, term) => `b${vector >> 1}, ${32 * term + 16 * (vector % 2)}`,
          )}
          ${each(tile.vectors / 2, (panel) => `b${panel} += ${32 * tile.terms};`)}
        }
      }
      const r = q + start;
      if (accumulate) {
        ${each(4, (row) => addSums(tile, row, `r + ${288 * row}`))}
      } else {
        ${eachVector(tile, (i, j) => `v128.store(r, c${i}${j ^ 1}, ${288 * i + 16 * (j ^ 1)});`)}
      }
    }
  }
}
`;

export const winogradProducts = `
import { multiplyAdd } from './multiplyAdd';
import { channelOffset, TILE_STRIDE } from './points';
${product('product', narrow)}
${product('productWide', wide)}
`;
