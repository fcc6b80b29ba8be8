import { HeddleError, quote, reason } from '../errors.js';
import { callback, classNameOf, required, text } from '../validate.js';

type Constructor<T> = new (...args: never[]) => T;

/** A loss or an optimizer as plain values, which can be sent to another thread or written to a file: its type, and the
 * options of its constructor. */
export interface TypedOptions {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** The constructor's arguments of what has its options, and nothing else, as its fields. */
export const optionsOf = ({ type, ...options }: { readonly type: string }): [object] => [options];

/** Classes by their type, heddle's and those of users. A worker thread makes by them the layers, the loss and the optimizer
 * whose types and constructor arguments the main thread sends. */
export class Registry<T> {
  private readonly builtIn: ReadonlyMap<string, Constructor<T>>;
  private readonly own: Map<string, Constructor<T>>;

  /** @param name of what is made, as in registerLayer
   * @param argumentsOf the constructor's arguments of an object, as plain values */
  constructor(
    private readonly name: 'Layer' | 'Loss' | 'Optimizer',
    builtIn: Readonly<Record<string, Constructor<T>>>,
    private readonly argumentsOf: (made: T) => readonly unknown[],
  ) {
    this.builtIn = new Map(Object.entries(builtIn));
    this.own = usersClasses(name);
  }

  /** @throws HeddleError ARGUMENT when another class has that type already */
  register(type: string, made: Constructor<T>): void {
    const { name, kind } = this;
    required(`register${name}('Your${name}', Your${name})`, { type, [kind]: made });
    text(`register${name} type`, type);
    callback(`register${name} ${kind}`, made);
    if ((this.find(type) ?? made) !== made)
      throw new HeddleError(
        'ARGUMENT',
        `there is another ${kind} of type ${quote(type)}; give yours a type of its own`,
      );
    this.own.set(type, made);
  }

  /** What has a type and was made of these constructor arguments: all of them and no others. @throws HeddleError ARGUMENT */
  create(type: string, values: readonly unknown[]): T {
    const found = this.find(type);
    if (!found)
      throw new HeddleError(
        'ARGUMENT',
        `no ${this.kind} of type ${quote(type)}; there are ${[...this.builtIn.keys(), ...this.own.keys()].join(', ')}. See register${this.name} for your own`,
      );
    const made = construct(type, found, values);
    const expected = this.argumentsOf(made);
    if (!alike(expected, values))
      throw new HeddleError(
        'ARGUMENT',
        `expected ${type} with arguments like ${JSON.stringify(expected)}, found others`,
      );
    return made;
  }

  /** Whether what was made is of a class that its type stands for, in whichever copy of heddle. */
  isOfItsType(type: string, made: object): boolean {
    const found = this.find(type);
    if (!found || made.constructor === found) return true;
    return !(made instanceof found) && classNameOf(made.constructor) === classNameOf(found);
  }

  private find = (type: string) => this.builtIn.get(type) ?? this.own.get(type);

  private get kind(): string {
    return this.name.toLowerCase();
  }
}

/** All copies of heddle in a thread have users' classes in common: what a worker thread runs is a copy, and the module with
 * a user's class that it imports brings another one. */
function usersClasses<T>(name: string): Map<string, Constructor<T>> {
  const key = Symbol.for(`heddle.${name}`);
  const shared = globalThis as { [key: symbol]: Map<string, Constructor<T>> | undefined };
  shared[key] ??= new Map();
  return shared[key];
}

function construct<T>(type: string, made: Constructor<T>, values: readonly unknown[]): T {
  try {
    return new made(...(values as never[]));
  } catch (cause) {
    if (cause instanceof HeddleError) throw cause;
    // A user's constructor may rely on types, and fail in its own way.
    throw new HeddleError('ARGUMENT', `expected the arguments of a ${type}, found others (${reason(cause)})`, {
      cause,
    });
  }
}

/** Whether two plain values are the same; it goes no deeper than the first. */
const alike = (a: unknown, b: unknown): boolean =>
  isObject(a) && isObject(b)
    ? Array.isArray(a) === Array.isArray(b) &&
      Object.keys(a).length === Object.keys(b).length &&
      Object.entries(a).every(([key, value]) => Object.hasOwn(b, key) && alike(value, b[key]))
    : Object.is(a, b);

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
