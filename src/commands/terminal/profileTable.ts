import type { ProfileRow } from '../../program/profile.js';

/** A profile as a table: milliseconds of a step and their share, and how fast the work was done on all workers together,
 * and by which algorithm and cut. */
export function profileTable(rows: readonly ProfileRow[]): string {
  const total = rows.reduce((sum, row) => sum + row.milliseconds, 0);
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(({ name, method = '', pass, milliseconds, operations, bytes }) => {
    const [amount, unit] = operations ? [operations, 'GFLOP/s'] : [bytes, 'GB/s'];
    // A layer whose work a neighbour does in the same pass takes no time of its own.
    const rate = amount && milliseconds >= 0.02 ? `${(amount / milliseconds / 1e6).toFixed(1)} ${unit}` : '';
    const share = `${((100 * milliseconds) / total).toFixed(1)}%`;
    return `${name.padEnd(width)}  ${pass.padEnd(8)}  ${milliseconds.toFixed(2).padStart(8)}  ${share.padStart(6)}  ${rate.padStart(14)}  ${method}`.trimEnd();
  });
  const head = `${'layer'.padEnd(width)}  ${'pass'.padEnd(8)}  ${'ms/step'.padStart(8)}  ${'share'.padStart(6)}  ${'rate'.padStart(14)}  method`;
  return [head, ...lines, `${'step'.padEnd(width)}  ${''.padEnd(8)}  ${total.toFixed(2).padStart(8)}`].join('\n');
}
