import { markdown } from '../../markdown.js';
import type { Mode } from './options.js';
import type { EngineResult } from './turns.js';

/** A network in one mode. */
export interface Result {
  readonly network: string;
  readonly title: string;
  readonly batch: number;
  readonly mode: Mode;
  readonly engines: readonly EngineResult[];
}

const titles: Readonly<Record<Mode, string>> = {
  train: 'training, images/s',
  infer: 'inference, images/s',
  one: 'one image, ms',
};

/** The columns of engines: PyTorch's two formats of float32 are one, of which the better one counts. */
const columnOf = ({ engine, variant }: EngineResult) =>
  engine === 'PyTorch'
    ? `PyTorch ${variant === 'bfloat16' ? variant : 'float32'}`
    : engine === 'heddle'
      ? `heddle, ${variant}`
      : engine;

/** Of each column of a network the fastest: the one to which heddle's ratio is the smallest. */
function bestOf({ engines }: Result): Map<string, EngineResult> {
  const best = new Map<string, EngineResult>();
  for (const result of engines) {
    const other = best.get(columnOf(result));
    if (!other || result.ratio < other.ratio) best.set(columnOf(result), result);
  }
  return best;
}

const figure = (mode: Mode, rate: number) =>
  mode === 'one' ? (1000 / rate).toPrecision(3) : Math.round(rate).toLocaleString('en');
const geometricMean = (values: readonly number[]) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** The results in one mode, a network a row, in Markdown: with each peer's figure how many times as fast heddle is, and the
 * peak memory of heddle and of PyTorch in float32. */
export function table(mode: Mode, results: readonly Result[]): string {
  const rows = results.filter((result) => result.mode === mode).map((result) => ({ ...result, best: bestOf(result) }));
  const columns = [...new Set(rows.flatMap(({ best }) => [...best.keys()]))];
  const isOwn = (column: string) => column.startsWith('heddle');
  const memory = ['heddle', 'PyTorch float32'];
  const peak = (best: ReadonlyMap<string, EngineResult>, start: string) =>
    [...best].findLast(([column]) => column.startsWith(start))?.[1].peakMemory;
  const cell = (found: EngineResult | undefined) =>
    found === undefined
      ? ''
      : `${figure(mode, found.rate)}${found.engine === 'heddle' ? '' : ` (${found.ratio.toFixed(2)})`}`;
  const mean = (column: string) => {
    const ratios = rows.flatMap(({ best }) => best.get(column)?.ratio ?? []);
    return isOwn(column) ? '' : `(${geometricMean(ratios).toFixed(2)})`;
  };
  const lines = [
    [titles[mode], ...columns, ...memory.map((name) => `MB, ${name}`)],
    ...rows.map(({ title, batch, best }) => [
      mode === 'one' ? title : `${title}, ${batch}`,
      ...columns.map((column) => cell(best.get(column))),
      ...memory.map((start) => String(peak(best, start) ?? '')),
    ]),
    ['geometric mean', ...columns.map(mean), ...memory.map(() => '')],
  ];
  return markdown(lines);
}
