import type { Parameter } from '../layers/layer.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import { Sequential } from './sequential.js';

interface Row {
  readonly text: string;
  readonly shape: string;
  readonly parameters: string;
}

/** The network as PyTorch prints it, with each layer's output shape and number of parameters beside it. */
export function summary(network: Sequential, inputShape: Shape, parameters: readonly Parameter[]): string {
  const count = (name: string) =>
    parameters
      .filter((parameter) => parameter.name.startsWith(`${name}.`))
      .reduce((sum, parameter) => sum + sizeOf(parameter.shape), 0);
  let shape = inputShape;
  const rowsOf = (sequential: Sequential, prefix: string, indent: string): Row[] =>
    [...sequential.children].flatMap(([name, child]) => {
      const fullName = `${prefix}${name}`;
      if (child instanceof Sequential)
        return [
          { text: `${indent}(${name}): Sequential(`, shape: '', parameters: '' },
          ...rowsOf(child, `${fullName}.`, `${indent}  `),
          { text: `${indent})`, shape: '', parameters: '' },
        ];
      shape = child.outputShape(shape);
      const own = count(fullName);
      return [{ text: `${indent}(${name}): ${child.describe()}`, shape: formatShape(shape), parameters: numeral(own) }];
    });
  const total = parameters.reduce((sum, parameter) => sum + sizeOf(parameter.shape), 0);
  const rows: Row[] = [
    { text: 'Sequential(', shape: 'output shape', parameters: 'parameters' },
    ...rowsOf(network, '', '  '),
    { text: ')', shape: '', parameters: numeral(total) },
  ];
  const widest = (key: keyof Row) => Math.max(...rows.map((row) => row[key].length));
  const [text, shapes, counts] = [widest('text'), widest('shape'), widest('parameters')];
  return rows
    .map((row) => `${row.text.padEnd(text)}  ${row.shape.padEnd(shapes)}  ${row.parameters.padStart(counts)}`.trimEnd())
    .join('\n');
}

const numeral = (count: number) => (count === 0 ? '' : count.toLocaleString('en-US'));
