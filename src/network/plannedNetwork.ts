import type { Graph } from '../graph/graph.js';
import type { Module } from '../graph/module.js';
import type { Kernels } from '../kernels/kernels.js';
import { loadKernels } from '../kernels/load.js';
import type { ConvolutionChoice, Layer, Parameter } from '../layers/layer.js';
import { type Phase, uniteParts } from '../program/phase.js';
import { Arena } from '../tensor/arena.js';
import type { Shape } from '../tensor/shape.js';
import { Frozen } from './frozen.js';
import { fuse, fusionRules, operationsOf } from './fusion/fuse.js';
import type { Mode } from './fusion/rule.js';
import { initialize } from './initialize.js';
import { layersOf, shapesOf } from './layersOf.js';
import { withinMemory } from './memory.js';
import { type checkOptions, isGraph } from './modelOptions.js';
import { type NetworkPlan, planNetwork } from './plan.js';
import { NetworkState } from './state.js';
import { trace } from './trace.js';
import { Workspace } from './workspace.js';

/** A network's arrays and phases for one mode, with the parameters: in training with gradients. */
export interface ModelPlan extends Pick<NetworkPlan, 'input' | 'output' | 'activations' | 'forward' | 'backward'> {
  /** Run before a forward pass: what depends on parameters and buffers alone. */
  readonly prepare: readonly Phase[];
  readonly parameters: readonly Parameter[];
}

/** A network with its memory: the parameters and buffers, and a plan for each mode. */
export class PlannedNetwork {
  /** The network as a plain record. */
  readonly graph: Graph;
  /** By the nodes' names. @internal */
  readonly layers: ReadonlyMap<string, Layer>;
  /** Of values, by their names. @internal */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** @internal */
  readonly arena: Arena;
  /** What the model computes with: `kernels.name` says which of them. */
  readonly kernels: Kernels;
  /** @internal */
  readonly state: NetworkState;
  private readonly frozen: Frozen;
  private readonly workspace: Workspace;
  private readonly plans = new Map<string, ModelPlan>();
  private scratchMemory: readonly Float32Array[] = [];

  constructor(private readonly settings: ReturnType<typeof checkOptions>) {
    const { network, kernels, arena = new Arena(), shards, seed, inputShape, frozen } = settings;
    const traced = isGraph(network) ? { graph: network, layers: layersOf(network) } : trace(network, inputShape);
    this.graph = traced.graph;
    this.layers = traced.layers;
    this.shapes = shapesOf(this.graph, this.layers);
    this.arena = arena;
    this.kernels = loadKernels(kernels, arena.memory);
    this.frozen = new Frozen(this.graph, frozen);
    this.state = new NetworkState(this.graph, arena, shards, this.frozen);
    this.workspace = new Workspace(arena);
    // With it come the parameters. That for training is made when it is wanted: it takes much more memory.
    this.plan('evaluation');
    this.frozen.checkParameters(this.state.parameters, this.state.buffers);
    if (arena.isNew) initialize(this.state.parameters, this.state.buffers, seed);
  }

  get inputShape(): Shape {
    return this.graph.inputs[0].shape;
  }

  /** Of a sample, without the batch. */
  get outputShape(): Shape {
    return this.shapes.get(this.graph.outputs[0]) as Shape;
  }

  /** What it was made of; undefined where that was a graph. @internal */
  get network(): Module | undefined {
    const { network } = this.settings;
    return isGraph(network) ? undefined : network;
  }

  /** How its convolutions are computed. @internal */
  get convolution(): ConvolutionChoice {
    return this.settings.convolution;
  }

  /** Scratch memory for each thread, for the plans made so far. @internal */
  get scratch(): readonly Float32Array[] {
    return this.scratchMemory;
  }

  /** Sees to it that each thread has at least so many floats of scratch memory: on every thread in the same order. @internal */
  reserveScratch(floats: number): void {
    if (this.scratchMemory[0]?.length >= floats) return;
    this.scratchMemory = Array.from({ length: this.settings.workers }, () =>
      this.arena.float32(floats, 'the threads’ scratch'),
    );
  }

  /** The plan for a mode and a batch size, the model's unless given, which is made when it is first asked for: on every thread
   * in the same order. @internal */
  plan(mode: Mode, batchSize = this.settings.batchSize): ModelPlan {
    const key = `${mode} ${batchSize}`;
    const plan = this.plans.get(key) ?? this.newPlanWithinMemory(mode, batchSize);
    this.plans.set(key, plan);
    return plan;
  }

  private newPlanWithinMemory(mode: Mode, batchSize: number): ModelPlan {
    const { settings } = this;
    // Whoever gives an arena plans more than this, and knows what all of it would take.
    if (settings.arena) return this.newPlan(mode, batchSize);
    return withinMemory(
      settings,
      () => this.newPlan(mode, batchSize),
      (sizes, arena) => new PlannedNetwork({ ...settings, ...sizes, arena, kernels: 'reference' }).plan(mode),
    );
  }

  private newPlan(mode: Mode, batchSize: number): ModelPlan {
    const { graph, layers, shapes, arena, kernels, state, workspace } = this;
    const { fusion, shards, ranks, seed, convolution, inputGradient } = this.settings;
    const operations = fuse(operationsOf(graph, layers, shapes, mode, this.frozen), mode, fusion ? fusionRules : []);
    const plan = planNetwork(graph, operations, mode, {
      arena,
      kernels,
      state,
      workspace,
      batchSize,
      shards,
      ranks,
      seed,
      convolution,
      inputGradient,
    });
    this.reserveScratch(plan.scratchSize);
    const { parameters, backward } =
      mode === 'training'
        ? state.gradients(kernels, plan.backward, ranks)
        : { parameters: state.parameters, backward: [] };
    return {
      input: plan.input,
      output: plan.output,
      activations: plan.activations,
      prepare: uniteParts(plan.prepare),
      forward: plan.forward,
      backward,
      parameters,
    };
  }
}
