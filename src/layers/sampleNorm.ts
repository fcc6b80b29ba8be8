import { type Phase, perShard } from '../program/phase.js';
import { allocate } from '../tensor/allocate.js';
import { type Shape, sizeOf } from '../tensor/shape.js';
import { type Activation, gradientOfShard, type LayerPlan, type Parameter, type Planner, samplesOf } from './layer.js';

/** Normalization of each sample by itself: its elements are cut into groups, and each group has its own mean and variance.
 * All is computed in float64, the variance from the differences to the mean, and rounded once. */
export interface SampleNorm {
  readonly eps: number;
  /** In each sample. */
  readonly groups: number;
  /** So many neighbours in memory are of one group: their sum is taken in a register. */
  readonly run: number;
  /** Of each element of a sample in memory: see perElement. */
  readonly groupOf: Int32Array;
  /** The place of its weight and its bias, likewise. */
  readonly weightOf: Int32Array;
  readonly weight: Parameter | undefined;
  readonly bias: Parameter | undefined;
}

/** A number for each element of a sample in memory, [height][width][channels]. */
export function perElement(
  [channels, height = 1, width = 1]: Shape,
  numberAt: (c: number, h: number, w: number) => number,
): Int32Array {
  const numbers = allocate('where elements of a sample belong', () => new Int32Array(channels * height * width));
  let element = 0;
  for (let h = 0; h < height; h++)
    for (let w = 0; w < width; w++) for (let c = 0; c < channels; c++) numbers[element++] = numberAt(c, h, w);
  return numbers;
}

export function planSampleNorm(norm: SampleNorm, input: Activation, planner: Planner): LayerPlan {
  const { arena, batchSize, activation, scratch, inputGradient } = planner;
  const output = activation(input.shape, { overwritable: true });
  const statistics = arena.float64(batchSize * 2 * norm.groups);
  scratch(4 * Math.max(norm.groups, norm.weight?.data.length ?? 0));
  const backward = [
    ...(inputGradient ? [inputGradients(norm, input, output, statistics)] : []),
    ...(norm.weight?.requiresGrad || norm.bias?.requiresGrad
      ? [parameterGradients(norm, input, output, statistics)]
      : []),
  ];
  return { output, forward: [forward(norm, input, output, statistics)], backward };
}

/** The means of a sample's groups, and what their differences are to be multiplied by. */
function statisticsOf(statistics: Float64Array, { groups }: SampleNorm, n: number) {
  const first = 2 * groups * n;
  return [statistics.subarray(first, first + groups), statistics.subarray(first + groups, first + 2 * groups)];
}

function forward(norm: SampleNorm, input: Activation, output: Activation, statistics: Float64Array): Phase {
  const { groupOf, weightOf, groups, run, eps } = norm;
  const [weight, bias] = [norm.weight?.data, norm.bias?.data];
  const size = sizeOf(input.shape);
  const length = size / groups;
  return perShard(({ first, count }) => {
    for (let n = first; n < first + count; n++) {
      const [x, y] = [samplesOf(input.data, size, n), samplesOf(output.data, size, n)];
      const [mean, inverse] = statisticsOf(statistics, norm, n);
      mean.fill(0);
      inverse.fill(0);
      for (let i = 0; i < size; ) {
        const g = groupOf[i];
        const end = i + run;
        let sum = 0;
        for (; i < end; i++) sum += x[i];
        mean[g] += sum;
      }
      for (let g = 0; g < groups; g++) mean[g] /= length;
      for (let i = 0; i < size; ) {
        const g = groupOf[i];
        const end = i + run;
        let squares = 0;
        for (; i < end; i++) squares += (x[i] - mean[g]) ** 2;
        inverse[g] += squares;
      }
      for (let g = 0; g < groups; g++) inverse[g] = 1 / Math.sqrt(inverse[g] / length + eps);
      for (let i = 0; i < size; i++) {
        const g = groupOf[i];
        const normalized = (x[i] - mean[g]) * inverse[g];
        y[i] = weight ? normalized * weight[weightOf[i]] + (bias?.[weightOf[i]] ?? 0) : normalized;
      }
    }
  });
}

/** dx = (g − mean(g) − x̂·mean(g·x̂)) / σ with g = weight·dy and x̂ the normalized x. */
function inputGradients(norm: SampleNorm, input: Activation, output: Activation, statistics: Float64Array): Phase {
  const { groupOf, weightOf, groups, run } = norm;
  const weight = norm.weight?.data;
  const size = sizeOf(input.shape);
  const length = size / groups;
  return perShard(({ first, count }, _pass, room) => {
    const sums = new Float64Array(room.buffer, room.byteOffset, 2 * groups);
    const [gradients, products] = [sums.subarray(0, groups), sums.subarray(groups)];
    for (let n = first; n < first + count; n++) {
      const x = samplesOf(input.data, size, n);
      const [dy, dx] = [output.gradient, input.gradient].map((array) => samplesOf(array, size, n));
      const [mean, inverse] = statisticsOf(statistics, norm, n);
      sums.fill(0);
      for (let i = 0; i < size; ) {
        const g = groupOf[i];
        const end = i + run;
        let sum = 0;
        let product = 0;
        for (; i < end; i++) {
          const gradient = weight ? dy[i] * weight[weightOf[i]] : dy[i];
          sum += gradient;
          product += gradient * (x[i] - mean[g]);
        }
        gradients[g] += sum;
        products[g] += product * inverse[g];
      }
      for (let i = 0; i < size; i++) {
        const g = groupOf[i];
        const gradient = weight ? dy[i] * weight[weightOf[i]] : dy[i];
        const normalized = (x[i] - mean[g]) * inverse[g];
        dx[i] = inverse[g] * (gradient - (gradients[g] + normalized * products[g]) / length);
      }
    }
  });
}

/** A shard's sums of dy·x̂ and of dy for each place of weight and bias. */
function parameterGradients(norm: SampleNorm, input: Activation, output: Activation, statistics: Float64Array): Phase {
  const { groupOf, weightOf } = norm;
  const size = sizeOf(input.shape);
  const [weight, bias] = [norm.weight, norm.bias] as [Parameter, Parameter];
  const length = weight.data.length;
  return perShard(({ index, first, count }, _pass, room) => {
    const sums = new Float64Array(room.buffer, room.byteOffset, 2 * length);
    const [weights, biases] = [sums.subarray(0, length), sums.subarray(length)];
    sums.fill(0);
    for (let n = first; n < first + count; n++) {
      const [x, dy] = [samplesOf(input.data, size, n), samplesOf(output.gradient, size, n)];
      const [mean, inverse] = statisticsOf(statistics, norm, n);
      for (let i = 0; i < size; i++) {
        weights[weightOf[i]] += dy[i] * (x[i] - mean[groupOf[i]]) * inverse[groupOf[i]];
        biases[weightOf[i]] += dy[i];
      }
    }
    gradientOfShard(weight, index).set(weights);
    gradientOfShard(bias, index).set(biases);
  });
}
