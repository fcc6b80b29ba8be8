import { HeddleError, quote } from '../errors.js';
import type { Module } from '../graph/module.js';
import type { Kernels } from '../kernels/kernels.js';
import type { Parameter } from '../layers/layer.js';
import { lastLayer } from '../network/lastLayer.js';
import { matching, namesOf, pathsWithin, splitName } from '../network/names.js';
import { perSlice, SLICE } from '../program/phase.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { BELOW_ONE, flag, inRange, kindOf, oneOf, options, required, wholeNumber } from '../validate.js';
import { type ParameterNames, parametersOf } from './groups.js';
import { type Matrix, planNewtonSchulz } from './newtonSchulz.js';
import { Optimizer, type OptimizerOptions } from './optimizer.js';
import type { ParameterUpdate, UpdatePlanner, UpdateStep } from './updates.js';

/** What the learning rate of a matrix of A rows and B columns is multiplied by: 'original' is √max(1, A/B), Jordan's;
 * 'matchRmsAdamw' is 0.2·√max(A, B), with which AdamW's learning rate and weight decay serve (Liu et al., 2025). */
export type LearningRateAdjustment = 'original' | 'matchRmsAdamw';

export interface MuonOptions extends Omit<OptimizerOptions, 'learningRate'> {
  /** The peak of the schedule, where there is one; the others' rates keep their ratio to it. Default 0.001. */
  learningRate?: number;
  /** Decoupled, as AdamW's. Default 0.1. */
  weightDecay?: number;
  /** The share of the momentum that stays: the running mean takes 1 less this of the gradient. Default 0.95. */
  momentum?: number | undefined;
  /** Default true. */
  nesterov?: boolean;
  /** a, b and c of a step of Newton–Schulz, X ← aX + b(XXᵀ)X + c(XXᵀ)²X. Default [3.4445, −4.775, 2.0315]. */
  nsCoefficients?: readonly [number, number, number];
  /** The least norm that a matrix is divided by. Default 1e-7. */
  eps?: number;
  /** Steps of Newton–Schulz, below 100. Default 5. */
  nsSteps?: number | undefined;
  /** Default 'original'. */
  adjustLearningRate?: LearningRateAdjustment;
  /** Whose matrices are updated, which are weights of two and more dimensions but LayerNorm's: modules of the network, their paths,
   * in which `*` stands for any characters, and names of parameters. Default all but the last layer's. */
  parameters?: readonly (string | Module)[] | undefined;
  /** Updates all other parameters. */
  others: Optimizer;
}

const adjustments: readonly LearningRateAdjustment[] = ['original', 'matchRmsAdamw'];

/** Momentum whose matrices are made orthogonal: torch.optim.Muon, with another optimizer for what are no matrices, or should not
 * be taken for such. Jordan et al., 2024. A convolution's weight is the matrix [outChannels, all else], as there; a
 * transposed one's [inChannels, all else]. */
export class Muon extends Optimizer {
  readonly type = 'Muon';
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly nsCoefficients: readonly [number, number, number];
  readonly eps: number;
  readonly nsSteps: number;
  readonly adjustLearningRate: LearningRateAdjustment;
  declare readonly parameters?: readonly (string | Module)[];
  readonly others: Optimizer;

  constructor(given: MuonOptions, ...rest: never[]) {
    const form = 'new Muon({ learningRate: 0.02, others: new SGD({ learningRate: 0.1 }) })';
    const set = options(
      form,
      given,
      {
        learningRate: 1e-3,
        weightDecay: 0.1,
        momentum: 0.95,
        nesterov: true,
        nsCoefficients: [3.4445, -4.775, 2.0315],
        eps: 1e-7,
        nsSteps: 5,
        adjustLearningRate: 'original',
        decay: 'all',
        groups: undefined,
        parameters: undefined,
        others: undefined,
      },
      rest,
    );
    required(form, { others: set.others });
    const { learningRate, weightDecay, decay, groups } = set;
    super({ learningRate, weightDecay, decay, groups });
    this.momentum = inRange('Muon momentum', set.momentum, 0, BELOW_ONE);
    this.nesterov = flag('Muon nesterov', set.nesterov);
    this.nsCoefficients = checkCoefficients(set.nsCoefficients);
    // The inverse of a smaller one is no float32.
    this.eps = inRange('Muon eps', set.eps, 1e-38, Number.MAX_VALUE);
    this.nsSteps = wholeNumber('Muon nsSteps', set.nsSteps, 1, 99);
    this.adjustLearningRate = oneOf('Muon adjustLearningRate', set.adjustLearningRate, adjustments);
    if (set.parameters !== undefined) this.parameters = set.parameters;
    if (typeof set.others?.update !== 'function')
      throw new HeddleError('ARGUMENT', `Muon others must be an Optimizer, not ${kindOf(set.others)}; write ${form}`);
    this.others = set.others;
  }

  takes({ graph, network }: ParameterNames, parameters: readonly Parameter[]): readonly Parameter[] {
    const norms = graph.nodes.filter(({ type }) => type === 'LayerNorm').map(({ module }) => module);
    const matrices = parameters.filter(({ name, shape }) => shape.length > 1 && !norms.includes(splitName(name).path));
    if (!this.parameters) {
      const names = parameters.map(({ name }) => name);
      const last = lastLayer(graph, names);
      return matrices.filter(({ name }) => splitName(name).path !== last);
    }
    const found = namesOf('Muon parameters', network, this.parameters).flatMap((name, i) => {
      const what = `Muon parameters[${i}]`;
      const named = name.includes('*')
        ? inModulesLike(graph, name, parameters)
        : parametersOf(what, graph, name, parameters);
      const meant = matrices.filter((parameter) => named.includes(parameter));
      if (meant.length > 0) return meant;
      const known = matrices.map((parameter) => parameter.name).join(', ');
      throw new HeddleError('ARGUMENT', `${what}: ${quote(name)} stands for no matrix; there are ${known}`);
    });
    return [...new Set(found)];
  }

  override countsSteps(): boolean {
    return false;
  }

  override settings(): Readonly<Record<string, unknown>> {
    const { momentum, nesterov, nsCoefficients, eps, nsSteps, adjustLearningRate } = this;
    const adjust_lr_fn = adjustLearningRate === 'original' ? null : 'match_rms_adamw';
    return { momentum, nesterov, ns_coefficients: nsCoefficients, eps, ns_steps: nsSteps, adjust_lr_fn };
  }

  stateNames(): readonly string[] {
    return ['momentum_buffer'];
  }

  plan(parameter: Parameter, { kernels, arena, state, stepOf, scratch }: UpdatePlanner): ParameterUpdate {
    const { momentum_buffer: mean } = state;
    const { data, gradient } = parameter;
    const direction = arena.float32(data.length, 'the optimizer');
    const squares = arena.float64(Math.ceil(data.length / SLICE), 'the optimizer');
    const factor = adjustment(this.adjustLearningRate, parameter.shape);
    const normalize = perSlice(data.length, (start, end) => {
      const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
      kernels.scale(direction.subarray(start, end), 1 / Math.max(norm, this.eps));
    });
    const update = perSlice(data.length, (start, end, pass) => {
      const own = direction.subarray(start, end);
      if (factor !== 1) kernels.scale(own, factor);
      this.update(data.subarray(start, end), own, {}, stepOf(pass), kernels);
    });
    const orthogonalize = planNewtonSchulz(matrixOf(parameter, direction), { kernels, arena, scratch }, this);
    return {
      slice: (start, end) => {
        const [own, ofMean, ofGradient] = [direction, mean, gradient].map((array) => array.subarray(start, end));
        kernels.average(ofGradient, 1 - this.momentum, ofMean);
        own.set(this.nesterov ? ofGradient : ofMean);
        if (this.nesterov) kernels.average(ofMean, this.momentum, own);
        kernels.sumSquares(own, squares.subarray(start / SLICE));
      },
      phases: [normalize, ...orthogonalize, update],
    };
  }

  /** Decays the elements of a parameter and moves them against an orthogonal direction. */
  update(
    parameter: Float32Array,
    direction: Float32Array,
    _state: Readonly<Record<string, Float32Array>>,
    { number, learningRate, weightDecay }: UpdateStep,
    kernels: Kernels,
  ): void {
    if (weightDecay !== 0) kernels.scale(parameter, 1 - learningRate * weightDecay);
    const plain = { momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, first: number === 0 };
    kernels.sgd(parameter, direction, undefined, { learningRate, ...plain });
  }
}

/** Those in modules whose paths are like a pattern. */
function inModulesLike(graph: ParameterNames['graph'], pattern: string, parameters: readonly Parameter[]) {
  const like = graph.modules.map(({ path }) => path).filter(matching(pattern));
  const paths = new Set(like.flatMap((path) => [...pathsWithin(graph, path)]));
  return parameters.filter(({ name }) => paths.has(splitName(name).path));
}

function checkCoefficients(values: readonly [number, number, number]): readonly [number, number, number] {
  if (!Array.isArray(values) || values.length !== 3)
    throw new HeddleError('ARGUMENT', `Muon nsCoefficients must be three numbers, not ${kindOf(values)}`);
  const check = (i: number) => inRange(`Muon nsCoefficients[${i}]`, values[i], -Number.MAX_VALUE, Number.MAX_VALUE);
  return [check(0), check(1), check(2)];
}

function adjustment(kind: LearningRateAdjustment, shape: Shape): number {
  const [rows] = shape;
  const columns = sizeOf(shape) / rows;
  return kind === 'original' ? Math.sqrt(Math.max(1, rows / columns)) : 0.2 * Math.sqrt(Math.max(rows, columns));
}

/** A parameter's matrix, of which the first axis is one side, as it lies in memory: the order of its other axes makes no difference
 * to what is orthogonal. @throws HeddleError ARGUMENT where they lie on both sides of it */
function matrixOf({ name, shape, strides }: Parameter, data: Float32Array): Matrix {
  const [length] = shape;
  const others = data.length / length;
  if (strides[0] === others) return { data, rows: length, columns: others };
  if (strides[0] === 1) return { data, rows: others, columns: length };
  throw new HeddleError(
    'ARGUMENT',
    `Muon wants the first axis of a parameter to be the first or the last in memory, and that of ${quote(name)} is neither; leave it to others`,
  );
}
