import { mean } from '../mean.js';
import { accuracies, accuracy, type Row } from './table.js';

const colours = ['#1f6feb', '#d9730d', '#2da44e'];
const [left, top, width, rowHeight] = [240, 44, 540, 24];
const [low, high, between] = [65, 90, 5];

const x = (percent: number) => (left + ((percent - low) / (high - low)) * width).toFixed(1);
const bar = (at: string, y: number) =>
  `<line x1="${at}" x2="${at}" y1="${y - 8}" y2="${y + 8}" stroke="#24292f" stroke-width="2"/>`;
const dot = (at: string, y: number, seed: number) => `<circle cx="${at}" cy="${y}" r="4" fill="${colours[seed]}"/>`;

/** Test accuracy as SVG: a line for each variant and rate with a point for each seed, and a bar at their mean. */
export function chart(rows: readonly Row[], seeds: readonly number[], caption: string): string {
  const bottom = top + rows.length * rowHeight;
  const grid = Array.from({ length: (high - low) / between + 1 }, (_, i) => low + between * i).map(
    (percent) =>
      `<line x1="${x(percent)}" x2="${x(percent)}" y1="${top}" y2="${bottom}" stroke="#d0d7de"/>` +
      `<text x="${x(percent)}" y="${bottom + 18}" text-anchor="middle">${percent}%</text>`,
  );
  const lines = rows.map((row, i) => line(row, row.name === rows[i - 1]?.name, top + (i + 0.5) * rowHeight));
  const legend = [...seeds.map((seed) => `seed ${seed}`), 'mean', '◂ runs below the scale, or diverged'].map(
    (text, i) => {
      const [at, y] = [left + 80 * i, bottom + 38];
      const sign = i < seeds.length ? dot(`${at}`, y, i) : i === seeds.length ? bar(`${at}`, y) : '';
      return `${sign}<text x="${at + 10}" y="${y + 4}">${text}</text>`;
    },
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 38} ${bottom + 56}" font-family="system-ui, sans-serif" font-size="12" fill="#24292f">
<title>Test accuracy with and without BatchNorm and Dropout, and with one convolution a block</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="16" y="24"><tspan font-weight="600">Test accuracy</tspan> by learning rate: ${caption}</text>
${[...grid, ...lines, ...legend].join('\n')}
</svg>
`;
}

/** @param continued whether the line above has the same name */
function line(row: Row, continued: boolean, y: number): string {
  const name = continued ? '' : `<text x="16" y="${y + 4}" font-weight="600">${row.name}</text>`;
  const rate = `<text x="${left - 12}" y="${y + 4}" text-anchor="end">${row.rate}</text>`;
  const average = mean(accuracies(row));
  const points: string[] = [];
  const outside: string[] = [];
  for (const [seed, result] of row.results.entries()) {
    if (!result) continue;
    const value = accuracy(result);
    if (value !== undefined && value >= low) points.push(dot(x(value), y, seed));
    else outside.push(`<tspan fill="${colours[seed]}">${value?.toFixed(1) ?? 'diverged'}</tspan>`);
  }
  if (average >= low) points.unshift(bar(x(average), y));
  const note = `<text x="${left + 4}" y="${y + 4}" font-weight="600">◂ ${outside.join(', ')}</text>`;
  return name + rate + points.join('') + (outside.length > 0 ? note : '');
}
