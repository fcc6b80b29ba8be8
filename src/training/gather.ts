import { type Crop, drawCrop, noAugmentation, plainCrop } from '../data/augmentation.js';
import type { Dataset } from '../data/dataset.js';
import { type ChannelScale, channelScales } from '../data/normalization.js';
import { HeddleError } from '../errors.js';
import type { Activation } from '../layers/layer.js';
import { type LossBatch, type TargetKind, takeTargets } from '../losses/loss.js';
import { type Pass, type Phase, perShard, placeInStep } from '../program/phase.js';
import type { Arena } from '../tensor/arena.js';
import { formatShape, type Shape, sizeOf } from '../tensor/shape.js';
import type { RunConfig } from './trainerOptions.js';

/** The samples of a pass. The numbers lie in memory that all threads of a run share. */
export interface PassBatch extends LossBatch {
  /** Each sample's place in the data set. */
  readonly indices: Int32Array;
  /** Every thread is told it before the pass. */
  dataset: Dataset | undefined;
}

/** Memory for them. Each counts 1, unless a loss writes something else. */
export function takeBatch(targets: TargetKind, batchSize: number, arena: Arena): PassBatch {
  const batch = {
    indices: arena.int32(batchSize),
    targets: takeTargets(targets, batchSize, arena),
    losses: arena.float64(batchSize),
    weights: arena.float64(batchSize),
    dataset: undefined,
  };
  if (arena.isNew) batch.weights.fill(1);
  return batch;
}

const isAugmented = ({ augmentation }: Pick<RunConfig, 'augmentation'>) =>
  JSON.stringify(augmentation) !== JSON.stringify(noAugmentation);

/** Targets and outputs that are images would have to be cropped and mirrored with the inputs.
 *
 * @throws HeddleError ARGUMENT for what is changed at random or mirrored, but is no image with one answer */
export function checkChanges(
  config: Pick<RunConfig, 'augmentation' | 'testTimeFlip' | 'inputShape'>,
  targets: TargetKind,
  outputShape: Shape,
): void {
  const { inputShape, testTimeFlip } = config;
  const [what] = isAugmented(config) ? ['augmentation'] : testTimeFlip ? ['testTimeFlip'] : [];
  if (what === undefined) return;
  const wanted = `${what} is for images with one answer each`;
  const wrong = (found: string, shape: Shape) =>
    new HeddleError('ARGUMENT', `${wanted}; found ${found} of shape ${formatShape(shape)}. Leave it away`);
  if (inputShape.length !== 3) throw wrong('inputs', inputShape);
  if (targets.shape.length > 1) throw wrong('targets', targets.shape);
  if (outputShape.length > 1) throw wrong('outputs', outputShape);
}

/** The phase that reads the batch's samples into the input, images N×C×H×W to N×H×W×C, augmented in a pass of training and
 * otherwise all cropped as `plain`; and their targets. */
export function gatherSamples(
  batch: PassBatch,
  input: Activation,
  config: Pick<RunConfig, 'normalization' | 'augmentation' | 'seed'>,
  plain = plainCrop,
): Phase {
  const { normalization, augmentation, seed } = config;
  const [channels, height = 1, width = 1] = input.shape;
  const scales = channelScales(normalization, channels);
  const augmented = isAugmented(config);
  const cropAt = (n: number, pass: Pass) => {
    if (!pass.training || !augmented) return plain;
    const sample = placeInStep(pass, batch.indices.length, n);
    return drawCrop(augmentation, [height, width], { seed, step: pass.number, sample });
  };
  return perShard(({ first, count }, running) => {
    const dataset = batch.dataset as Dataset;
    for (let n = first; n < first + count; n++) {
      readTarget(dataset, batch.indices[n], batch.targets, n);
      readInput(dataset, batch.indices[n], cropAt(n, running), scales, input.data, n);
    }
  });
}

/** Floats of images become H×W×C as the activations, with which losses compare them; all else stays in its order. */
function readTarget({ targets, targetShape }: Dataset, sample: number, to: LossBatch['targets'], place: number): void {
  const size = sizeOf(targetShape);
  const own = targets.subarray(sample * size, (sample + 1) * size);
  const [channels] = targetShape.length === 3 && to instanceof Float32Array ? targetShape : [1];
  const pixels = size / channels;
  for (let c = 0; c < channels; c++)
    for (let p = 0; p < pixels; p++) to[place * size + p * channels + c] = own[c * pixels + p];
}

function readInput(
  { inputs, shape }: Dataset,
  sample: number,
  { top, left, flip, erased }: Crop,
  scales: readonly ChannelScale[],
  input: Float32Array,
  place: number,
): void {
  // Taken out of the list by a pattern, these make the loops three times as slow in Node 20.
  const channels = shape[0];
  const height = shape[1] ?? 1;
  const width = shape[2] ?? 1;
  const areBytes = inputs.BYTES_PER_ELEMENT === 1;
  for (let c = 0; c < channels; c++) {
    const { mean, std, bytes } = scales[c];
    const image = (sample * channels + c) * height * width;
    for (let y = 0; y < height; y++) {
      const row = y + top;
      const inside = row >= 0 && row < height;
      for (let x = 0; x < width; x++) {
        const column = (flip ? width - 1 - x : x) + left;
        const value = inside && column >= 0 && column < width ? inputs[image + row * width + column] : 0;
        input[((place * height + y) * width + x) * channels + c] = areBytes ? bytes[value] : (value - mean) / std;
      }
    }
  }
  if (!erased) return;
  for (let y = erased.top; y < erased.top + erased.height; y++) {
    const start = ((place * height + y) * width + erased.left) * channels;
    input.fill(0, start, start + erased.width * channels);
  }
}
