import { createRequire } from 'node:module';

/** What a function in C takes; all that are called here give an int. An address is a bigint. */
export type Argument = 'address' | 'int';
export type ForeignFunction = (...values: (bigint | number)[]) => number;

/** A library in C. */
export interface ForeignLibrary {
  /** @throws where it has none of this name */
  address(symbol: string): bigint;
  /** @throws where it has none of this name */
  function(name: string, takes: readonly Argument[]): ForeignFunction;
}

/** What loads libraries in C, and knows where memory of ours lies for them. */
export interface Foreign {
  /** @throws where there is no such library */
  open(name: string): ForeignLibrary;
  addressOf(buffer: ArrayBufferLike): bigint;
}

/** The part of node:ffi that is used: Node 20's types do not have it. */
interface NodeFfi {
  readonly DynamicLibrary: new (
    name: string,
  ) => {
    getSymbol(name: string): bigint;
    getFunction(name: string, signature: { arguments: string[]; return: string }): ForeignFunction;
  };
  getRawPointer(buffer: ArrayBufferLike): bigint;
}

/** Node's own, where this Node has it. */
export function nodeForeign(): Foreign | undefined {
  const ffi = withoutFfiWarning(() => process.getBuiltinModule('node:ffi' as 'node:fs')) as unknown as
    | NodeFfi
    | undefined;
  if (!ffi) return undefined;
  const names = { address: 'pointer', int: 'int32' };
  return {
    open(name) {
      const library = new ffi.DynamicLibrary(name);
      return {
        address: (symbol) => library.getSymbol(symbol),
        function: (symbol, takes) =>
          library.getFunction(symbol, { arguments: takes.map((type) => names[type]), return: 'int32' }),
      };
    },
    addressOf: (buffer) => ffi.getRawPointer(buffer),
  };
}

/** Node warns that node:ffi is experimental when it is loaded; who starts a training cannot do anything about it. */
function withoutFfiWarning<Result>(load: () => Result): Result {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('FFI is an experimental feature'))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** The npm package koffi, for a Node without it. @param path of its main file */
export function koffiForeign(path: string): Foreign {
  const koffi: typeof import('koffi') = createRequire(path)(path);
  const names = { address: 'uintptr_t', int: 'int' } as const;
  return {
    open(name) {
      const library = koffi.load(name);
      return {
        address: (symbol) => koffi.address(library.symbol(symbol)),
        function: (symbol, takes) =>
          library.func(
            symbol,
            'int',
            takes.map((type) => names[type]),
          ),
      };
    },
    addressOf: (buffer) => koffi.address(new Uint8Array(buffer)),
  };
}
