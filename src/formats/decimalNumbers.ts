/** NaN for all else that Number takes: nothing, spaces, hexadecimal digits. */
const decimalNumber = (text: string) => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN);

/** One number, or a list of them with commas between. */
export function decimalNumbers(text: string): number | number[] {
  const [first, ...others] = text.split(',').map(decimalNumber);
  return others.length > 0 ? [first, ...others] : first;
}
