import type { Shape } from '../tensor/shape.js';

/** What a trace needs to know of a layer. */
export interface TracedLayer {
  readonly type: string;
  /** How many values it takes: 1 unless it says otherwise. */
  readonly inputCount?: number | 'any';
  describe(): string;
  arguments(): readonly unknown[];
  outputShape(input: Shape, ...others: Shape[]): Shape;
}

/** Takes down which layers a network's forward calls, with which values. */
export interface Recorder {
  record(layer: TracedLayer, inputs: readonly Value[]): Value;
}

/** A sample on its way through a network: its shape, and where it comes from. It has no numbers: `forward` gets one when a
 * model is built, and only then. */
export class Value {
  constructor(
    /** [channels, height, width] or [features]: without the batch. */
    readonly shape: Shape,
    /** Of the node that gives it. @internal */
    readonly name: string,
    /** @internal */
    readonly recorder: Recorder,
  ) {}
}

/** Copies of heddle in one program have a class Value each. */
export const isValue = (value: unknown): value is Value =>
  typeof (value as Value | null | undefined)?.recorder?.record === 'function';
