import type { Parameter } from '../layers/layer.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { Sequential } from './sequential.js';

/** Columns of a terminal, unless it is made wider. */
const WIDTH = 80;
/** What the text keeps of that, whatever stands beside it and however deep it is indented. */
const LEAST = 24;
const GAP = '  ';

interface Row {
  readonly depth: number;
  readonly text: string;
  readonly shape: string;
  readonly parameters: string;
}

/** The network as PyTorch prints it, with each layer's output shape and number of parameters beside it, in 80 columns. */
export function summary(network: Sequential, inputShape: Shape, parameters: readonly Parameter[]): string {
  const total = parameters.reduce((sum, parameter) => sum + sizeOf(parameter.shape), 0);
  const rows: Row[] = [
    { depth: 0, text: 'Sequential(', shape: 'output shape', parameters: 'parameters' },
    ...layerRows(network, inputShape, parameters),
    { depth: 0, text: ')', shape: '', parameters: numeral(total) },
  ];
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

function layerRows(network: Sequential, inputShape: Shape, parameters: readonly Parameter[]): Row[] {
  let shape = inputShape;
  const rowsOf = (sequential: Sequential, prefix: string, depth: number): Row[] =>
    [...sequential.children].flatMap(([name, child]) => {
      const fullName = `${prefix}${name}.`;
      if (child instanceof Sequential)
        return [
          { depth, text: `(${name}): Sequential(`, shape: '', parameters: '' },
          ...rowsOf(child, fullName, depth + 1),
          { depth, text: ')', shape: '', parameters: '' },
        ];
      shape = child.outputShape(shape);
      const own = parameters.filter((parameter) => parameter.name.startsWith(fullName));
      const count = numeral(own.reduce((sum, parameter) => sum + sizeOf(parameter.shape), 0));
      return [{ depth, text: `(${name}): ${child.describe()}`, shape: formatShape(shape), parameters: count }];
    });
  return rowsOf(network, '', 1);
}

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
