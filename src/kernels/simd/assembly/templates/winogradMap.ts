// How one-dimensional maps of Winograd's are printed: on eight channels, two vectors used alike throughout (the second's names
// end in h), so that V8 can make 256-bit ones of them. A map reads all that it needs before it stores the result of point,
// pixel or output n at q + n·to.

/** A map's vectors by their names, what it works out once, and its results by their number, as calls of ../assembly. */
export interface WinogradMap {
  readonly inputs: readonly string[];
  readonly shared?: Readonly<Record<string, string>>;
  readonly results: Readonly<Record<number, string>>;
}

/** Parameters of a map beside q and to, and what it does to a pair of results that belongs at a place. */
interface Ending {
  readonly parameters?: string;
  readonly write: (place: string, low: string, high: string) => string;
}

export const stored: Ending = {
  write: (place, low, high) => `storePair(${place}, ${low}, ${high});`,
};
export const added: Ending = {
  parameters: ', accumulate: bool',
  write: (place, low, high) => `put(${place}, ${low}, ${high}, accumulate);`,
};
export const finished: Ending = {
  parameters:
    ', end: i32, bias: usize, lowest: v128, center: usize, stride: usize, affineLowest: v128, affineHighest: v128',
  write: (place, low, high) =>
    `finish(${place}, ${low}, ${high}, end, bias, lowest, center, stride, affineLowest, affineHighest);`,
};

/** A map whose inputs lie at pointers of their own, or input n at p + n·from. */
export function printMap(
  name: string,
  { inputs, shared = {}, results }: WinogradMap,
  ownPointers: boolean,
  ending: Ending,
) {
  const names = new RegExp(`\\b(${[...inputs, ...Object.keys(shared)].join('|')})\\b`, 'g');
  const high = (expression: string) => expression.replace(names, '$1h');
  const place = (input: string) => (ownPointers ? `p${input.slice(1)}` : `p + ${input.slice(1)} * from`);
  const pointers = ownPointers ? inputs.map((input) => `${place(input)}: usize`).join(', ') : 'p: usize, from: usize';
  return `
@inline
export function ${name}(${pointers}, q: usize, to: usize${ending.parameters ?? ''}): void {
${inputs.map((x) => `const ${x} = v128.load(${place(x)});\nconst ${x}h = v128.load(${place(x)}, 16);`).join('\n')}
${Object.entries(shared)
  .map(([x, value]) => `const ${x} = ${value};\nconst ${x}h = ${high(value)};`)
  .join('\n')}
${Object.entries(results)
  .map(([n, value]) => ending.write(`q + ${n} * to`, value, high(value)))
  .join('\n')}
}
`;
}
