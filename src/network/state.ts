import { HeddleError, quote } from '../errors.js';
import { type Graph, type GraphNode, stateName } from '../graph/graph.js';
import type { Kernels } from '../kernels/kernels.js';
import type { Buffer, Initial, Parameter } from '../layers/layer.js';
import { type PartPhase, type Phase, perSlice, uniteParts } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import { formatShape, type Shape, sizeOf, stridesOf } from '../tensor/shape.js';
import { sharedMemory } from '../tensor/sharedMemory.js';
import { exchangeGradients } from './exchangeGradients.js';
import type { Frozen } from './frozen.js';
import { splitName } from './names.js';

/** A network's parameters and buffers: one of each name, whichever plans and uses of a module ask for it. */
export class NetworkState {
  private readonly parameterArrays = new Map<string, Parameter>();
  private readonly bufferArrays = new Map<string, Buffer>();
  /** A parameter once for each node of the graph that has it, with the gradients of that use. */
  private readonly uses = new Map<string, Parameter[]>();
  /** Where layers may write the gradients of frozen parameters, all over each other. */
  private unread = new Float32Array(sharedMemory(0));

  constructor(
    private readonly graph: Graph,
    private readonly arena: Arena,
    private readonly shards: number,
    private readonly frozen: Frozen,
  ) {}

  /** A parameter for one node; `training` gives it gradients of its own. */
  parameter(
    name: string,
    shape: Shape,
    initial: Initial,
    { order, sharded = false, training }: { order?: readonly number[]; sharded?: boolean; training: boolean },
  ): Parameter {
    const length = sizeOf(shape);
    const known = this.parameterArrays.get(name);
    if (known && known.shape.join() !== shape.join())
      throw new HeddleError(
        'ARGUMENT',
        `parameter ${quote(name)} has shape ${formatShape(known.shape)} at one use of its module and ${formatShape(shape)} at another; use two modules`,
      );
    const { data } = known ?? { data: this.arena.float32(length, 'weights') };
    const requiresGrad = !this.frozen.hasParameter(name);
    const strides = stridesOf(shape, order);
    const parameter = { name, shape, initial, requiresGrad, strides, data, gradient: data.subarray(0, 0) };
    if (!known) this.parameterArrays.set(name, parameter);
    if (!training) return parameter;
    const take = (floats: number) => (requiresGrad ? this.arena.float32(floats, 'gradients') : this.takeUnread(floats));
    const shardGradients = sharded ? { shardGradients: take(this.shards * length) } : {};
    const use = { ...parameter, gradient: take(length), ...shardGradients };
    this.uses.set(name, [...(this.uses.get(name) ?? []), use]);
    return use;
  }

  private takeUnread(length: number): Float32Array<SharedArrayBuffer> {
    if (this.unread.length < length) this.unread = this.arena.float32(length, 'gradients');
    return this.arena.at(this.unread.byteOffset, length);
  }

  buffer(name: string, length: number, initial: number): Float32Array<SharedArrayBuffer> {
    const known = this.bufferArrays.get(name);
    const data = (known?.data as Float32Array<SharedArrayBuffer>) ?? this.arena.float32(length, 'weights');
    if (!known) this.bufferArrays.set(name, { name, shape: [length], initial, data });
    return data;
  }

  counter(name: string): BigInt64Array<SharedArrayBuffer> {
    const known = this.bufferArrays.get(name);
    const data = (known?.data as BigInt64Array<SharedArrayBuffer>) ?? this.arena.bigInt64(1);
    if (!known) this.bufferArrays.set(name, { name, shape: [], initial: 0, data });
    return data;
  }

  /** Whether a module has a parameter of its own that is trained. */
  isTrained(module: string | undefined): boolean {
    return [...this.parameterArrays.values()].some(
      ({ name, requiresGrad }) => requiresGrad && splitName(name).path === module,
    );
  }

  /** In the order of PyTorch's parameters(), without gradients. */
  get parameters(): readonly Parameter[] {
    return this.inOrder(this.parameterArrays);
  }

  get buffers(): readonly Buffer[] {
    return this.inOrder(this.bufferArrays);
  }

  /** The parameters with their gradients, and the backward pass with what follows: those of a module that is used more than once
   * get the sum of its uses', in the graph's order. Once all of a network is planned for training. */
  gradients(
    kernels: Kernels,
    backward: readonly Phase[],
    ranks: number,
  ): { parameters: readonly Parameter[]; backward: readonly Phase[] } {
    const phases: PartPhase[] = [];
    const exchanged = ranks > 1 ? exchangeGradients(backward, [...this.uses.values()].flat()) : undefined;
    const summed = new Map(
      [...this.uses].map(([name, ofShards]) => {
        const uses = exchanged ? ofShards.map(({ shardGradients: _, ...whole }) => whole) : ofShards;
        if (uses.length === 1 || !uses[0].requiresGrad) return [name, uses[0]];
        const { shardGradients: _, ...parameter }: Parameter = {
          ...uses[0],
          gradient: this.arena.float32(uses[0].data.length, 'gradients'),
        };
        phases.push(sumOfUses(kernels, uses, parameter.gradient));
        return [name, parameter];
      }),
    );
    const parameters = this.inOrder(new Map([...this.parameterArrays, ...summed]));
    return { parameters, backward: [...(exchanged ?? backward), ...uniteParts(phases)] };
  }

  /** Each tensor behind those of the modules before its own. */
  private inOrder<T extends { readonly name: string }>(tensors: ReadonlyMap<string, T>): readonly T[] {
    const places = new Map(this.graph.modules.map(({ path }, place) => [path, place]));
    const placeOf = ({ name }: T) => places.get(splitName(name).path) ?? 0;
    return [...tensors.values()].toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function sumOfUses(kernels: Kernels, uses: readonly Parameter[], sum: Float32Array): PartPhase {
  const { length } = sum;
  return perSlice(length, (start, end, { shards }) => {
    const target = sum.subarray(start, end);
    for (const [index, { gradient, shardGradients }] of uses.entries()) {
      const slice = gradient.subarray(start, end);
      if (shardGradients) kernels.sumShards(shardGradients.subarray(start), shards, length, slice);
      if (index === 0) target.set(slice);
      else kernels.add(target, slice, target);
    }
  });
}

/** What names the parameters and buffers of a node's layer, by its own names for them, in a state dict.
 *
 * @throws HeddleError ARGUMENT for a layer with parameters that is no property of a module, and for a name that comes again or
 *   is none */
export function stateNamesOf({ name, type }: GraphNode, module: string | undefined): (key: string) => string {
  const asked = new Set<string>();
  return (key) => {
    if (module === undefined)
      throw new HeddleError(
        'ARGUMENT',
        `a ${type} that a forward makes has parameters, which no state dict would have; make it a property of its module`,
      );
    if (asked.has(key) || key === '' || key.includes('.'))
      throw new HeddleError('ARGUMENT', `layer ${name}: expected a name without a dot, once; found ${quote(key)}`);
    asked.add(key);
    return stateName(module, key);
  };
}
