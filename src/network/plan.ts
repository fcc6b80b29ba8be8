import type { Graph } from '../graph/graph.js';
import type { Kernels } from '../kernels/kernels.js';
import { type Activation, type ConvolutionChoice, type LayerPlan, type Planner, samplesOf } from '../layers/layer.js';
import { type PartPhase, type Phase, perShard } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { sharedMemory } from '../tensor/sharedMemory.js';
import type { Mode, Operation, Operations } from './fusion/rule.js';
import { labelPasses } from './passLabels.js';
import { planOnCopy } from './planOnCopy.js';
import { type NetworkState, stateNamesOf } from './state.js';
import { atLayer } from './trace.js';
import type { PassName, Workspace } from './workspace.js';

export interface PlanOptions {
  readonly arena: Arena;
  readonly kernels: Kernels;
  readonly state: NetworkState;
  readonly workspace: Workspace;
  readonly batchSize: number;
  readonly shards: number;
  readonly ranks: number;
  readonly seed: number;
  readonly convolution: ConvolutionChoice;
  readonly inputGradient: boolean;
}

/** A network's arrays and phases for training or for evaluation. */
export interface NetworkPlan {
  readonly input: Activation;
  readonly output: Activation;
  /** What each node made of the last batch, in training; a node that is made one with the next has that one's. */
  readonly activations: ReadonlyMap<string, Activation>;
  readonly prepare: readonly PartPhase[];
  readonly forward: readonly Phase[];
  readonly backward: readonly Phase[];
  readonly scratchSize: number;
}

/** Lays out a network's arrays, operation by operation, and collects its phases. Arrays that are not alive at once share
 * memory: in evaluation a value is alive until its last reader has run; in training its data stays to the end of the step,
 * and its gradient is alive from the last reader's backward, which writes it, to that of the operation that gives the
 * value. Along the operations these are the same spans. */
export function planNetwork(graph: Graph, network: Operations, mode: Mode, options: PlanOptions): NetworkPlan {
  const { operations, output } = network;
  const [{ name, shape }] = graph.inputs;
  const planning = new Planning(name, network, mode, options);
  const input = planning.begin(name, shape);
  const plans = operations.map((operation, place) => planning.operation(operation, place));
  return {
    input,
    output: planning.outputOf(output),
    activations: planning.activations,
    prepare: plans.flatMap(({ prepare }) => prepare ?? []),
    forward: plans.flatMap(({ forward }) => forward),
    backward: plans.toReversed().flatMap(({ backward }) => backward),
    scratchSize: planning.scratchSize,
  };
}

const NOTHING = new Float32Array(sharedMemory(0));

type Floats = Activation['data'];

/** A value as one of its readers gets it. */
interface HandedValue extends Activation {
  readonly isLast: boolean;
}

class Planning {
  readonly activations = new Map<string, Activation>();
  scratchSize = 0;
  private readonly training: boolean;
  private readonly values = new Map<string, Activation>();
  /** The values whose gradients have any use. */
  private readonly wanted: ReadonlySet<string>;
  /** Of each value, the operations that read it, one entry for each time; the network's value has a reader behind all. */
  private readonly readers = new Map<string, number[]>();

  constructor(
    input: string,
    private readonly network: Operations,
    mode: Mode,
    private readonly options: PlanOptions,
  ) {
    const { operations, output } = network;
    this.training = mode === 'training';
    const wanted = new Set<string>(options.inputGradient ? [input] : []);
    for (const operation of operations)
      if (operation.inputs.some((name) => wanted.has(name)) || this.isTrained(operation)) wanted.add(operation.output);
    this.wanted = wanted;
    for (const [place, { inputs }] of operations.entries()) for (const name of inputs) this.addReader(name, place);
    this.addReader(output, operations.length);
    options.workspace.clear();
  }

  private addReader(name: string, place: number): void {
    this.readers.set(name, [...(this.readers.get(name) ?? []), place]);
  }

  private isTrained({ covers }: Operation): boolean {
    return covers.some(({ module }) => this.options.state.isTrained(module));
  }

  /** Whether a value is alive to its last reader alone: in evaluation, and in training where neither what gives it nor any
   * reader has a backward pass. */
  private passes(name: string): boolean {
    if (!this.training) return true;
    const { operations } = this.network;
    const isActive = (output: string | undefined) => output === undefined || this.wanted.has(output);
    const isGiven = operations.some(({ output }) => output === name);
    const readers = this.readers.get(name) as number[];
    return isGiven && !isActive(name) && !readers.some((place) => isActive(operations[place]?.output));
  }

  begin(name: string, shape: Shape): Activation {
    const activation = { ...this.take(name, shape), overwritable: true };
    this.values.set(name, activation);
    return activation;
  }

  /** The network's value. A loss writes its gradient in evaluation as well. */
  outputOf(name: string): Activation {
    const output = this.activationOf(name);
    return this.training
      ? output
      : { ...output, gradient: this.options.arena.float32(output.data.length, 'activations') };
  }

  activationOf(name: string): Activation {
    return this.values.get(name) as Activation;
  }

  /** Memory for a value. */
  private take(name: string, shape: Shape, gradient = NOTHING): Activation {
    const { workspace, batchSize } = this.options;
    const length = batchSize * sizeOf(shape);
    if (this.passes(name)) return { shape, data: workspace.take(length), gradient: NOTHING };
    const data = workspace.takeUnused(length);
    return { shape, data, gradient: gradient.length > 0 ? gradient : workspace.take(length) };
  }

  operation(operation: Operation, place: number): LayerPlan {
    const { workspace } = this.options;
    const { node, layer, inputs, output } = operation;
    const handed = inputs.map((name, i) => this.hand(name, place, inputs.indexOf(name, i + 1) < 0));
    const wanted = inputs.some((name) => this.wanted.has(name));
    const [taken, passing, gradients]: [Floats[], Floats[], Floats[]] = [[], [], []];
    const planner = this.plannerFor(operation, handed, wanted, { taken, passing, gradients });
    const plan = atLayer(node.name, layer, () =>
      layer.inPlace && !mayOverwrite(handed[0], layer.inPlace)
        ? planOnCopy(layer, handed[0], planner)
        : layer.plan(handed[0], planner),
    );
    const passes = this.passes(output);
    const activation = passes ? plan.output : this.withGradient(plan.output, taken);
    this.values.set(output, activation);
    if (!passes) for (const { name, type } of operation.covers) this.activations.set(`${name} ${type}`, activation);
    // Where a BatchNorm adds its second input too, the gradient of that is first, as with a sum that is a node of its own.
    const sums = inputs.flatMap((name, i) => this.addToGradient(name, handed[i])).reverse();
    workspace.retain(activation.data);
    workspace.retain(activation.gradient);
    const backward = this.training && this.wanted.has(output) ? [...plan.backward, ...sums] : [];
    if (plan.forward.some(meets)) workspace.meet('forward');
    if (backward.some(meets)) workspace.meet('backward');
    // What a layer keeps from its forward pass to its backward, besides its output, stays its own.
    const waits = {
      data: plan.forward.some(mixes) ? 'forward' : undefined,
      // It is written in a phase behind the one in which the threads meet, or in the same.
      gradient: plan.backward.some(meets) ? undefined : 'backward',
    } as const;
    for (const array of taken)
      if (passes) workspace.release(array, waits.data);
      else if (array === activation.gradient) workspace.release(array, waits.gradient);
    for (const array of passing) workspace.release(array, passes ? 'forward' : 'backward');
    for (const [i, name] of inputs.entries()) this.finish(name, handed[i], waits);
    return labelPasses(operation, Number(wanted) + Number(this.isTrained(operation)), {
      ...plan,
      backward: backward.map((phase, i) => (i < backward.length - 1 ? phase : { ...phase, gradients })),
    });
  }

  /** A layer that works in place gives its input's gradient on, which may have no memory where a trained one reads it. */
  private withGradient(output: Activation, taken: Floats[]): Activation {
    if (output.gradient.length > 0) return output;
    const gradient = this.options.workspace.take(output.data.length);
    taken.push(gradient);
    return { ...output, gradient };
  }

  private plannerFor(
    { node, covers, index, frozen, fused, output }: Operation,
    inputs: readonly Activation[],
    inputGradient: boolean,
    { taken, passing, gradients }: Record<'taken' | 'passing' | 'gradients', Floats[]>,
  ): Planner {
    const { state, workspace } = this.options;
    const { training } = this;
    const plannerOf = (module: string | undefined): Planner => {
      const nameOf = stateNamesOf(node, module);
      return {
        ...this.options,
        training,
        frozen,
        index,
        use: this.useOf(covers, module),
        inputs,
        inputGradient,
        fused,
        activation: (shape, { overwritable = false, gradient } = {}) => {
          const activation = { ...this.take(output, shape, gradient), overwritable };
          taken.push(activation.data);
          if (activation.gradient !== gradient) taken.push(activation.gradient);
          return activation;
        },
        memory: (length, lasting) => {
          const lasts = lasting && !this.passes(output);
          const array = lasts ? workspace.takeUnused(length) : workspace.take(length);
          if (!lasts) passing.push(array);
          return array;
        },
        parameter: (key, shape, initial, options) => {
          const isTrained = training && this.wanted.has(output);
          const parameter = state.parameter(nameOf(key), shape, initial, { ...options, training: isTrained });
          gradients.push(parameter.gradient);
          return parameter;
        },
        buffer: (key, length, initial) => state.buffer(nameOf(key), length, initial),
        counter: (key) => state.counter(nameOf(key)),
        scratch: (floats) => {
          this.scratchSize = Math.max(this.scratchSize, floats);
        },
        ofModule: plannerOf,
      };
    };
    return plannerOf(node.module);
  }

  private useOf(covers: Operation['covers'], module: string | undefined): Planner['use'] {
    const nodes = this.network.operations.flatMap((operation) => operation.covers);
    const uses = nodes.filter((node) => node.module === module);
    return { index: uses.findIndex((node) => covers.includes(node)), count: uses.length };
  }

  /** The last one to read a value is the first to run backward: it writes the gradient, and
   * the others get memory of their own for what is then added to it. */
  private hand(name: string, place: number, lastOfOperation: boolean): HandedValue {
    const { workspace } = this.options;
    const { shape, data, gradient, overwritable = false } = this.activationOf(name);
    const readers = this.readers.get(name) as number[];
    const isLast = lastOfOperation && readers.at(-1) === place;
    const passes = this.passes(name);
    const isFree = passes ? isLast && workspace.isSole(data) : readers.length === 1;
    return {
      shape,
      data,
      gradient: isLast || passes ? gradient : workspace.take(data.length),
      overwritable: isFree && overwritable,
      isLast,
    };
  }

  private addToGradient(name: string, { shape, gradient: share, isLast }: HandedValue): Phase[] {
    if (!this.training || !this.wanted.has(name) || isLast) return [];
    const activation = this.activationOf(name);
    const size = sizeOf(shape);
    const { kernels } = this.options;
    return [
      perShard(({ first, count }) => {
        const sum = samplesOf(activation.gradient, size, first, count);
        kernels.add(sum, samplesOf(share, size, first, count), sum);
      }),
    ];
  }

  /** Gives back what an operation was the last to read, or the memory of its share of a gradient. */
  private finish(
    name: string,
    { gradient: share, isLast }: HandedValue,
    waits: { readonly data: PassName | undefined; readonly gradient: PassName | undefined },
  ): void {
    const { workspace } = this.options;
    const { data, gradient } = this.activationOf(name);
    if (!isLast) workspace.release(share, waits.gradient);
    else if (this.passes(name)) workspace.release(data, waits.data);
    else workspace.release(gradient, waits.gradient);
  }
}

/** Whether a phase reads channels that other units of phases before it wrote. */
const mixes = (phase: Phase) => phase.by === 'channel' && phase.mixes;

/** Whether a phase is joined to none by channels: all threads meet before it. */
const meets = (phase: Phase) => phase.by !== 'channel' || phase.mixes;

const mayOverwrite = ({ overwritable }: Activation, inPlace: boolean | 'rectified') =>
  overwritable === true || (overwritable === 'rectified' && inPlace === 'rectified');
