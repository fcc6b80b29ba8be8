// Values as Python prints them, for describe().

export const flagText = (value: boolean): string => (value ? 'True' : 'False');

/** A small number: 1e-05, 0.001. */
export const epsilonText = (value: number): string =>
  value !== 0 && value < 1e-4 ? value.toExponential().replace(/e-(\d)$/, 'e-0$1') : String(value);

/** A tuple: (8,), (3, 4). */
export const tupleText = (values: readonly number[]): string =>
  values.length === 1 ? `(${values[0]},)` : `(${values.join(', ')})`;

/** A size in both directions: one number if they are the same. */
export const sizeText = ([height, width]: readonly [height: unknown, width: unknown]): string =>
  height === width ? `${height}` : `(${height}, ${width})`;
