import { HeddleError } from '../errors.js';
import type { OnnxOperator } from '../formats/onnxOperator.js';
import type { Kernels } from '../kernels/kernels.js';
import { matrix, panelSize } from '../kernels/patches.js';
import { ownSamples } from '../program/ownPart.js';
import { type PartPhase, type Phase, perPart, uniteParts } from '../program/phase.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import { flag, options, required, wholeNumber } from '../validate.js';
import { checkInitials, type Initials } from './initial.js';
import { type Activation, Layer, type LayerPlan, type Parameter, type Planner, samplesOf } from './layer.js';
import { flagText } from './pythonText.js';
import { planWholeBatch } from './wholeBatch.js';

// Columns of a product that one thread does at a time. Forward, a part packs this many rows of the weights (at 6,272
// inputs 400 KB, which stays in a core's cache).
const FORWARD_COLUMNS = 16;

/** In evaluation a part reads its weights once for each four samples, and for a single one as fast as memory gives them: a kernel
 * does so with this many panels side by side. */
const evaluatedColumns = (batchSize: number) => (batchSize === 1 ? 32 : FORWARD_COLUMNS);

/** Backward, it packs this many of the weights' columns: the upstream gradient is packed again for each part, so that parts
 * are wide where there are many. */
const backwardColumns = (inFeatures: number) => (inFeatures < 512 ? 64 : 128);

export interface LinearOptions {
  /** Default true. */
  bias?: boolean;
  /** How weight and bias begin, if not as PyTorch's do. */
  initial?: Initials;
}

/** y = x·Wᵀ + b, [inFeatures] → [outFeatures], as torch.nn.Linear, weight [outFeatures, inFeatures], initialised
 * U(±1/√inFeatures) like it. Its products are cut by columns over the whole batch rather than by samples, so that each
 * weight is read once a step and needs no gradient for each shard. */
export class Linear extends Layer {
  readonly type: string = 'Linear';
  readonly bias: boolean;
  readonly initial: Initials | undefined;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    given?: LinearOptions,
    ...others: never[]
  ) {
    super();
    const form = 'new Linear(inFeatures, outFeatures, { bias, initial })';
    required(form, { inFeatures, outFeatures });
    const { bias, initial } = options(form, given, { bias: true, initial: undefined }, others);
    wholeNumber('Linear inFeatures', inFeatures, 1);
    wholeNumber('Linear outFeatures', outFeatures, 1);
    this.bias = flag('Linear bias', bias);
    this.initial = checkInitials('Linear', initial);
  }

  arguments() {
    const { bias, initial } = this;
    return [this.inFeatures, this.outFeatures, { bias, ...(initial ? { initial } : {}) }];
  }

  describe(): string {
    const { inFeatures, outFeatures, bias } = this;
    return `Linear(in_features=${inFeatures}, out_features=${outFeatures}, bias=${flagText(bias)})`;
  }

  override outputShape(input: Shape): Shape {
    if (input.length !== 1 || input[0] !== this.inFeatures)
      throw new HeddleError(
        'SHAPE',
        `got an input of shape ${formatShape(input)}, wants [${this.inFeatures}]${input.length > 1 ? '; put a Flatten before it' : ''}`,
      );
    return [this.outFeatures];
  }

  override operations(): number {
    return 2 * this.inFeatures * this.outFeatures;
  }

  override onnx(): OnnxOperator {
    const tensors = this.bias ? ['weight', 'bias'] : ['weight'];
    return { opType: 'Gemm', tensors, attributes: { transB: { int: 1 } } };
  }

  plan(input: Activation, planner: Planner): LayerPlan {
    const { inFeatures, outFeatures } = this;
    const output = planner.activation(this.outputShape(input.shape), { overwritable: true });
    const initial = { uniform: 1 / Math.sqrt(inFeatures) };
    const { weight: weightInitial = initial, bias: biasInitial = initial } = this.initial ?? {};
    const weight = planner.parameter('weight', [outFeatures, inFeatures], weightInitial);
    const bias = this.bias ? planner.parameter('bias', [outFeatures], biasInitial) : undefined;
    const { kernels, batchSize, inputGradient, training } = planner;
    if (!training) {
      const panels = planner.arena.float32(panelSize(inFeatures, outFeatures));
      return {
        output,
        prepare: prepare(kernels, this, weight, panels),
        forward: [evaluate(kernels, this, input, panels, bias, output, batchSize)],
        backward: [],
      };
    }
    planner.scratch(panelSize(inFeatures, FORWARD_COLUMNS));
    planner.scratch(panelSize(outFeatures, backwardColumns(inFeatures)));
    planner.scratch(panelSize(batchSize, backwardColumns(inFeatures)) + 4 * batchSize);
    const forwardPhase = forward(kernels, this, input, weight, bias, output);
    const products = (wanted: Wanted) => backward(kernels, this, { input, weight, output }, wanted);
    const ofBias = bias?.requiresGrad ? [biasGradient(kernels, bias, output)] : [];
    if (planner.ranks === 1) {
      const all = products({ ofInput: inputGradient, ofWeight: true });
      return { output, forward: [forwardPhase], backward: uniteParts([all, ...ofBias]) };
    }
    const parameters = { weight, bias, inColumns: [weight], columns: inFeatures, block: backwardColumns(inFeatures) };
    const batch = planWholeBatch(planner, input, output, 1, parameters);
    return {
      output,
      forward: [...batch.input.begin, forwardPhase],
      backward: [
        ...batch.upstream.begin,
        ...(inputGradient ? [products({ ofInput: true, ofWeight: false })] : []),
        ...batch.input.arrival,
        ...batch.upstream.arrival,
        { ...products({ ofInput: false, ofWeight: true }), divided: batch.divided },
        ...ofBias,
        ...batch.results,
      ],
    };
  }
}

/** For evaluation all of the weights are packed once; in training each part packs its own when it needs them. */
const prepare = (kernels: Kernels, { inFeatures, outFeatures }: Linear, weight: Parameter, panels: Float32Array) =>
  perPart(Math.ceil(outFeatures / 8), (part) => {
    const columns = Math.min(8, outFeatures - 8 * part);
    const first = 8 * part * inFeatures;
    const [rows, target] = [weight.data.subarray(first), panels.subarray(first)];
    kernels.packPanels(rows, inFeatures, columns, 1, inFeatures, target, 0, inFeatures);
  });

const evaluate = (
  kernels: Kernels,
  { inFeatures, outFeatures }: Linear,
  input: Activation,
  panels: Float32Array,
  bias: Parameter | undefined,
  output: Activation,
  batchSize: number,
): Phase => {
  const partColumns = evaluatedColumns(batchSize);
  const parts = Math.ceil(outFeatures / partColumns);
  return perPart(parts, (index, pass) => {
    const { first, count } = ownSamples(pass);
    // Every other batch of a Predictor goes the way back: what the one before read last is in the cache yet.
    const part = pass.number % 2 === 0 ? index : parts - 1 - index;
    const o = part * partColumns;
    const columns = Math.min(partColumns, outFeatures - o);
    const [x, y] = [samplesOf(input.data, inFeatures, first, count), output.data.subarray(first * outFeatures + o)];
    const b = panels.subarray(o * inFeatures);
    kernels.gemm(x, matrix(count, inFeatures), b, bias?.data.subarray(o), y, columns, outFeatures);
  });
};

/** y[n][o] = Σi x[n][i]·W[o][i] + b[o]. */
const forward = (
  kernels: Kernels,
  { inFeatures, outFeatures }: Linear,
  input: Activation,
  weight: Parameter,
  bias: Parameter | undefined,
  output: Activation,
): Phase =>
  perPart(Math.ceil(outFeatures / FORWARD_COLUMNS), (part, pass, panels) => {
    const { first, count } = ownSamples(pass);
    const o = part * FORWARD_COLUMNS;
    const columns = Math.min(FORWARD_COLUMNS, outFeatures - o);
    const rows = weight.data.subarray(o * inFeatures);
    kernels.packPanels(rows, inFeatures, columns, 1, inFeatures, panels, 0, inFeatures);
    const [x, y] = [samplesOf(input.data, inFeatures, first, count), output.data.subarray(first * outFeatures + o)];
    kernels.gemm(x, matrix(count, inFeatures), panels, bias?.data.subarray(o), y, columns, outFeatures);
  });

/** Which gradients a phase computes. */
interface Wanted {
  readonly ofInput: boolean;
  readonly ofWeight: boolean;
}

/** db[o] = Σn dy[n][o]. */
const biasGradient = (kernels: Kernels, { gradient }: Parameter, { shape: [outFeatures], gradient: dy }: Activation) =>
  perPart(1, (_, { samples }) => kernels.columnSums(dy, samples, outFeatures, outFeatures, gradient, false));

/** dx[n][i] = Σo dy[n][o]·W[o][i], dW[o][i] = Σn dy[n][o]·x[n][i]. */
function backward(
  kernels: Kernels,
  { inFeatures, outFeatures }: Linear,
  { input, weight, output }: { input: Activation; weight: Parameter; output: Activation },
  { ofInput, ofWeight }: Wanted,
): PartPhase {
  const partColumns = backwardColumns(inFeatures);
  const parts = Math.ceil(inFeatures / partColumns);
  const dy = output.gradient;
  return perPart(parts, (part, pass, scratch) => {
    const i = part * partColumns;
    const columns = Math.min(partColumns, inFeatures - i);
    if (ofInput) {
      const { first, count } = ownSamples(pass);
      const [dyOwn, dx] = [dy.subarray(first * outFeatures), input.gradient.subarray(first * inFeatures + i)];
      kernels.packPanels(weight.data.subarray(i), outFeatures, columns, inFeatures, 1, scratch, 0, outFeatures);
      kernels.gemm(dyOwn, matrix(count, outFeatures), scratch, undefined, dx, columns, inFeatures);
    }
    if (!ofWeight || !weight.requiresGrad) return;
    const { samples } = pass;
    const packed = scratch.subarray(panelSize(samples, columns));
    const dWeight = weight.gradient.subarray(i);
    kernels.packPanels(input.data.subarray(i), samples, columns, inFeatures, 1, scratch, 0, samples);
    kernels.gemmTransposed(dy, matrix(samples, outFeatures), scratch, packed, dWeight, columns, inFeatures, false);
  });
}
