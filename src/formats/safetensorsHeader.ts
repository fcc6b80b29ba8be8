import { type HeddleError, quote } from '../errors.js';
import { formatError } from './fileKind.js';

/** Bytes before the header: its length. */
export const LENGTH_BYTES = 8;

/** What to do about a file that its writer made wrong. */
export const saveAgain = 'Save it again with the safetensors library';

/** A string without escapes. */
const plainString = /"[ !#-[\]-\uffff]*"/y;
/** A number that is a whole one, as its text shows. */
const wholeNumber = /(?:0|[1-9]\d{0,15})(?![\d.eE])/y;

/** Reads the JSON that a header may have and nothing more; JSON.parse would hide duplicate keys and nest at will. */
export class HeaderReader {
  #at = 0;

  constructor(
    private readonly text: string,
    private readonly source: string,
  ) {
    // Spaces may stand anywhere but before the first brace.
    if (text[0] !== '{') throw this.error("expected '{'");
  }

  /** Calls `readValue` in front of each value, to read it. */
  object(readValue: (key: string) => void): void {
    const keys = new Set<string>();
    this.#expect('{');
    if (this.#accept('}')) return;
    do {
      const key = this.string();
      if (key === '__proto__') throw this.error('the key __proto__ is refused');
      if (keys.has(key)) throw this.error(`expected each key once; found ${quote(key)} again`);
      keys.add(key);
      this.#expect(':');
      readValue(key);
    } while (this.#accept(','));
    this.#expect('}');
  }

  integers(most: number): number[] {
    const values: number[] = [];
    this.#expect('[');
    if (this.#accept(']')) return values;
    do {
      if (values.length === most) throw this.error(`expected at most ${most} numbers`);
      values.push(this.#integer());
    } while (this.#accept(','));
    this.#expect(']');
    return values;
  }

  string(): string {
    this.#skipSpace();
    if (this.text[this.#at] !== '"') throw this.error('expected a string');
    // Most strings are as they stand: without JSON.parse for each, the largest headers take three quarters of the time.
    plainString.lastIndex = this.#at;
    if (plainString.test(this.text)) {
      const value = this.text.slice(this.#at + 1, plainString.lastIndex - 1);
      this.#at = plainString.lastIndex;
      return value;
    }
    let end = this.#at + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    try {
      const value: string = JSON.parse(this.text.slice(this.#at, end + 1));
      this.#at = end + 1;
      return value;
    } catch {
      throw this.error('expected a string that JSON allows');
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.text.length) throw this.error('expected nothing but spaces after the last brace');
  }

  error(problem: string, advice = saveAgain): HeddleError {
    const byte = LENGTH_BYTES + new TextEncoder().encode(this.text.slice(0, this.#at)).length;
    const rest = this.text.slice(this.#at, this.#at + 20);
    return formatError(this.source, `header, byte ${byte}, before ${JSON.stringify(rest)}: ${problem}`, advice);
  }

  #integer(): number {
    this.#skipSpace();
    wholeNumber.lastIndex = this.#at;
    const value = Number(wholeNumber.exec(this.text)?.[0] ?? Number.NaN);
    if (!Number.isSafeInteger(value)) throw this.error(`expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`);
    this.#at = wholeNumber.lastIndex;
    return value;
  }

  #accept(symbol: string): boolean {
    this.#skipSpace();
    if (this.text[this.#at] !== symbol) return false;
    this.#at++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) throw this.error(`expected '${symbol}'`);
  }

  #skipSpace(): void {
    for (let code = this.text.charCodeAt(this.#at); code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d; )
      code = this.text.charCodeAt(++this.#at);
  }
}
