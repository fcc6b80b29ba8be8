import { loadKernels } from '../../src/kernels/load.js';
import { type Loss, takeTargets, targetsOf } from '../../src/losses/loss.js';
import { channelsFirst, toChannelsLast } from '../../src/network/channelOrder.js';
import { joinPhases, runUnit, unitsOf } from '../../src/program/phase.js';
import { Arena } from '../../src/tensor/arena.js';
import { type Shape, sizeOf, stridesOf } from '../../src/tensor/shape.js';
import { rowMajor } from '../../src/tensor/view.js';

interface RunOptions {
  readonly kernels?: 'reference' | 'simd';
  readonly shards?: number;
  readonly training?: boolean;
}

const strided = (data: ArrayLike<number>, shape: Shape) => ({ data, shape, stride: stridesOf(shape), offset: 0 });

/** What a loss's phases write, as a Trainer runs them: losses and weights of the samples, and the gradient in PyTorch's order.
 * @param outputs, targets in PyTorch's order; the batch is not full */
export function runLoss(
  loss: Loss,
  [samples, ...shape]: Shape,
  outputs: ArrayLike<number>,
  targets: ArrayLike<number>,
  { kernels = 'simd', shards = 1, training = true }: RunOptions = {},
) {
  const arena = new Arena();
  const batchSize = samples + 2;
  const kind = targetsOf(loss, shape);
  const size = batchSize * sizeOf(shape);
  const output = { shape, data: arena.float32(size), gradient: arena.float32(size).fill(Number.NaN) };
  const batch = {
    targets: takeTargets(kind, batchSize, arena),
    losses: arena.float64(batchSize),
    weights: arena.float64(batchSize).fill(1),
  };
  toChannelsLast(strided(outputs, [samples, ...shape]), shape, output.data);
  if (batch.targets instanceof Int32Array) batch.targets.set(targets);
  else toChannelsLast(strided(targets, [samples, ...kind.shape]), kind.shape, batch.targets);
  const phases = [loss.plan(output, batch, { kernels: loadKernels(kernels, arena.memory), arena })].flat();
  const pass = { samples, shards, training, number: 0, learningRate: 0 };
  // As workers might claim them, the last first.
  for (const phase of joinPhases(phases))
    for (let unit = unitsOf(phase, pass) - 1; unit >= 0; unit--) runUnit(phase, unit, pass, new Float32Array(0));
  return {
    losses: batch.losses.slice(0, samples),
    weights: batch.weights.slice(0, samples),
    gradient: rowMajor(channelsFirst(output.gradient, shape, samples)),
  };
}

const sumOf = (numbers: Float64Array) => numbers.reduce((sum, number) => sum + number, 0);

/** The loss of the batch. */
export const meanLoss = ({ losses, weights }: { losses: Float64Array; weights: Float64Array }) =>
  sumOf(losses) / sumOf(weights);
