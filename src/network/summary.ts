import { printable } from '../errors.js';
import type { Graph, GraphNode } from '../graph/graph.js';
import type { Layer, Parameter } from '../layers/layer.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';

/** Columns of a terminal, unless it is made wider. */
const WIDTH = 80;
/** What the text keeps of that, whatever stands beside it and however deep it is indented. */
const LEAST = 24;
const GAP = '  ';

/** What a summary is made of. */
interface Summarized {
  readonly graph: Graph;
  /** By the nodes' names. */
  readonly layers: ReadonlyMap<string, Layer>;
  /** Of the nodes' outputs. */
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly parameters: readonly Omit<Parameter, 'gradient'>[];
}

interface Row {
  readonly depth: number;
  readonly text: string;
  readonly shape: string;
  readonly parameters: string;
}

/** The network as PyTorch prints it, with each layer's output shape and number of parameters beside it, in 80 columns; what
 * functions on values do stands at the end of its module. */
export function summary(network: Summarized): string {
  const total = network.parameters.reduce((sum, parameter) => sum + sizeOf(parameter.shape), 0);
  const [first, ...others] = moduleRows(network);
  const last = others.pop();
  const rows: Row[] = last
    ? [
        { ...first, shape: 'output shape', parameters: 'parameters' },
        ...others,
        { ...last, parameters: numeral(total) },
      ]
    : [{ depth: 0, text: '', shape: 'output shape', parameters: 'parameters' }, first];
  const widest = (lengthOf: (row: Row) => number) => Math.max(...rows.map(lengthOf));
  const [shapes, counts] = [widest(({ shape }) => shape.length), widest((row) => row.parameters.length)];
  const room = Math.max(LEAST, WIDTH - shapes - counts - 2 * GAP.length);
  const indent = Math.min(2, Math.floor((room - LEAST) / widest(({ depth }) => depth)));
  const texts = rows.map(({ text, depth }) => wrapped(text, ' '.repeat(indent * depth), room));
  const width = Math.max(...texts.flat().map(({ length }) => length));
  return rows
    .flatMap(({ shape, parameters: count }, i) => {
      const [first, ...more] = texts[i];
      const line = [first.padEnd(width), shape.padEnd(shapes), count.padStart(counts)].join(GAP);
      return [line.trimEnd(), ...more];
    })
    .join('\n');
}

/** A row for each module, in the order of a state dict, and one more where a module that holds others ends. */
function moduleRows({ graph, layers, shapes, parameters }: Summarized): Row[] {
  const rows: Row[] = [];
  /** Paths of the modules that hold the next one, the innermost last. */
  const holders: string[] = [];
  const labelOf = (path: string) => {
    const holder = holders.at(-1);
    return path === '' ? '' : printable(`(${holder ? path.slice(holder.length + 1) : path}): `);
  };
  const push = (path: string, text: string, node?: GraphNode, count = '') => {
    const shape = node ? formatShape(shapes.get(node.name) as Shape) : '';
    rows.push({ depth: holders.length, text: `${labelOf(path)}${text}`, shape, parameters: count });
  };
  const functions = graph.nodes.filter(({ module }) => module === undefined);
  const functionsOf = (holder: string) =>
    functions.filter(({ name }) => name.slice(0, Math.max(0, name.lastIndexOf('.'))) === holder);
  const close = () => {
    for (const node of functionsOf(holders.at(-1) as string)) push(node.name, describe(layers, node), node);
    holders.pop();
    push('', ')');
  };
  for (const { path, type, sameAs = path } of graph.modules) {
    while (holders.length > 0 && !isWithin(path, holders.at(-1) as string)) close();
    const node = graph.nodes.find(({ module }) => module === sameAs);
    if (node) {
      const own = parameters.filter(({ name }) => name.slice(0, Math.max(0, name.lastIndexOf('.'))) === path);
      push(path, describe(layers, node), node, numeral(own.reduce((sum, { shape }) => sum + sizeOf(shape), 0)));
    } else {
      push(path, printable(`${type}(`));
      holders.push(path);
    }
  }
  while (holders.length > 0) close();
  return rows;
}

/** A layer's own lines stay lines. */
const describe = (layers: ReadonlyMap<string, Layer>, { name }: GraphNode) =>
  (layers.get(name) as Layer).describe().split('\n').map(printable).join('\n');

const isWithin = (path: string, holder: string) => holder === '' || path.startsWith(`${holder}.`);

/** Lines of at most `width` characters, broken before an argument's name if that can be, else at a space, else anywhere. */
function wrapped(text: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  for (let rest = text, margin = indent; rest !== '' || lines.length === 0; margin = `${indent}${GAP}${GAP}`) {
    const room = width - margin.length;
    const end = breakOf(rest, room);
    lines.push(margin + rest.slice(0, end).trimEnd());
    rest = rest.slice(end).replace(/^\n|^ +/, '');
  }
  return lines;
}

function breakOf(text: string, room: number): number {
  const [line] = text.split('\n', 1);
  if (line.length <= room) return line.length;
  const last = (place: RegExp) =>
    [...line.matchAll(place)].map(({ index }) => index).findLast((index) => index > 0 && index <= room);
  return last(/ (?=\w+=)/g) ?? last(/ /g) ?? room;
}

const numeral = (count: number) => (count === 0 ? '' : count.toLocaleString('en-US'));
