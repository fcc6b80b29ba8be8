import { HeddleError, quote } from '../errors.js';
import { isModule, Module } from '../graph/module.js';
import type { Value } from '../graph/value.js';
import { call, isLayer } from '../layers/layer.js';
import { isPlainObject, kindOf, nothingElse, required } from '../validate.js';

/** Modules one after the other, as torch.nn.Sequential: a list, whose children are called "0", "1", …, or an object
 * (PyTorch's OrderedDict) that names them. */
export class Sequential extends Module {
  static override readonly name: string = 'Sequential';
  readonly type = 'Sequential';
  readonly children: ReadonlyMap<string, Module>;

  /** @throws HeddleError ARGUMENT naming a child that is no module or has a name that none may have */
  constructor(children: readonly Module[] | Readonly<Record<string, Module>>, ...others: never[]) {
    super();
    const form = 'new Sequential([layer, …]) or new Sequential({ name: layer, … })';
    nothingElse(form, others);
    required(form, { children });
    if (!Array.isArray(children) && !isPlainObject(children))
      throw new HeddleError(
        'ARGUMENT',
        `Sequential: expected a list of its children, or an object, found ${kindOf(children)}; write ${form}`,
      );
    // A list may have holes.
    this.children = new Map(Object.entries(Array.isArray(children) ? [...children] : children));
    for (const [name, child] of this.children)
      if (!isModule(child) && !isLayer(child))
        throw new HeddleError(
          'ARGUMENT',
          `child ${quote(name)}: expected a layer or another module. Give a Sequential one list of its children, or an object`,
        );
    // An object puts whole numbers before all other keys, whatever order they were written in.
    const numbers = Array.isArray(children) ? /^$/ : /^\d+$/;
    for (const name of this.children.keys())
      if (name === '' || name === '__proto__' || name.includes('.') || numbers.test(name))
        throw new HeddleError(
          'ARGUMENT',
          `a child's name must not be empty, __proto__ or a number, nor contain a dot: ${quote(name)}; for numbers give a list`,
        );
  }

  forward(x: Value): Value {
    return [...this.children.values()].reduce(
      (value, child) => (isModule(child) ? child.forward(value) : call(child, [value])),
      x,
    );
  }

  override namedChildren(): (readonly [string, Module])[] {
    return [...this.children, ...super.namedChildren()];
  }
}
