import { Module } from '../../src/graph/module.js';
import type { Value } from '../../src/graph/value.js';

export type Forward = (x: Value) => unknown;

/** A module whose forward is the function, with the children that it may call. */
export class Written extends Module {
  constructor(
    run: Forward,
    readonly parts: Readonly<Record<string, Module>> = {},
  ) {
    super();
    this.#run = run;
  }

  #run: Forward;

  forward(x: Value): Value {
    return this.#run(x) as Value;
  }
}

export const written = <Parts extends Readonly<Record<string, Module>>>(
  parts: Parts,
  run: (x: Value, parts: Parts) => unknown,
) => new Written((x) => run(x, parts), parts);
