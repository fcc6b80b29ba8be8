import { markdown } from '../../markdown.js';
import { median } from '../peers/turns.js';
import type { About } from './round.js';
import { deviceOf } from './workloads.js';

/** What is timed, in the table's order. */
export const columns = {
  node1: 'Node, 1 worker',
  node2: 'Node, 2',
  browser1: 'browser, 1 worker',
  browser2: 'browser, 2',
  pageThread: 'page’s thread',
  webgl: 'TF.js WebGL',
  cpu: 'TF.js CPU',
} as const;
export type Column = keyof typeof columns;

/** A network, and what was found in each column; one whose training did not start is absent. */
export interface Result {
  readonly network: string;
  readonly title: string;
  readonly batch: number;
  /** Images/s of the rounds. */
  readonly rates: { readonly [Name in Column]?: readonly number[] };
  readonly about: { readonly [Name in Column]?: About };
}

/** How many times as fast one is as another, and how many times it is to be. */
interface Bar {
  readonly heading: string;
  readonly says: string;
  readonly of: Column;
  readonly to: Column;
  readonly least: number;
}

export const bars: readonly Bar[] = [
  { heading: '2 workers to 1', says: 'two workers in the browser to one', of: 'browser2', to: 'browser1', least: 1.8 },
  { heading: 'to Node, 1', says: 'the browser to Node, one worker', of: 'browser1', to: 'node1', least: 0.9 },
  { heading: 'to Node, 2', says: 'the browser to Node, two workers', of: 'browser2', to: 'node2', least: 0.9 },
  { heading: 'to WebGL', says: 'two workers to TensorFlow.js on WebGL', of: 'browser2', to: 'webgl', least: 10 },
  { heading: 'to CPU', says: 'two workers to TensorFlow.js on its CPU backend', of: 'browser2', to: 'cpu', least: 100 },
];

/** The median of the rounds' ratios; undefined where one of the two is absent. */
export function ratioOf({ rates }: Result, { of, to }: Pick<Bar, 'of' | 'to'>): number | undefined {
  const [own, other] = [rates[of], rates[to]];
  return own && other && median(own.map((rate, round) => rate / other[round]));
}

const figure = (value: number) => (value < 10 ? value.toPrecision(2) : Math.round(value).toLocaleString('en'));
const ratio = (value: number) => (value < 10 ? value.toFixed(2) : figure(value));

/** A network a row: medians of images/s in training, and ratios, in Markdown. */
export function table(results: readonly Result[]): string {
  const names = Object.keys(columns) as Column[];
  const cell = (value: number | undefined, text: (value: number) => string) => (value === undefined ? '' : text(value));
  return markdown([
    ['training, images/s', ...Object.values(columns), ...bars.map(({ heading }) => heading)],
    ...results.map((result) => [
      `${result.title}, ${result.batch}`,
      ...names.map((name) => cell(result.rates[name] && median(result.rates[name]), figure)),
      ...bars.map((bar) => cell(ratioOf(result, bar), ratio)),
    ]),
  ]);
}

/** For each bar a sentence that says whether it holds. */
export function verdicts(result: Result): string[] {
  return bars.map((bar) => {
    const found = ratioOf(result, bar);
    const wanted = `${result.title}, ${bar.says}: at least ${bar.least} times as fast`;
    if (found === undefined) return `not measured: ${wanted}`;
    return `${found >= bar.least ? 'holds' : 'fails'}: ${wanted}, found ${found.toFixed(2)}`;
  });
}

/** What has to be known of TensorFlow.js's figures. */
export function note({ title, batch, about }: Result): string {
  const sentences = (['webgl', 'cpu'] as const).flatMap((name) => {
    const peer = about[name]?.peer;
    if (peer === undefined) return [];
    const steps = peer.steps === 1 ? 'one step' : `${peer.steps} steps`;
    const why = peer.batch === batch ? '' : `, because ${batch} would take it minutes`;
    const software = deviceOf(peer.renderer) === 'software' ? ', which is software, without a graphics card' : '';
    const renderer = peer.renderer === undefined ? '' : `; WebGL is ${peer.renderer}${software}`;
    return `In a round ${columns[name]} takes ${steps} of ${peer.batch} images${why}${renderer}.`;
  });
  return `${title}: ${sentences.join(' ')}`;
}
