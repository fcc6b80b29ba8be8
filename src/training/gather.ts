import { plainCrop } from '../data/augmentation/crop.js';
import { isAugmented } from '../data/augmentation.js';
import type { Dataset } from '../data/dataset.js';
import { channelScales } from '../data/normalization.js';
import { type Activation, samplesOf } from '../layers/layer.js';
import type { LossBatch } from '../losses/loss.js';
import { type Pass, type Phase, perShard, placeInStep, type Shard } from '../program/phase.js';
import { sizeOf } from '../tensor/shape.js';
import { mix, ownShare, placeBefore } from './mixup.js';
import type { PassBatch } from './passBatch.js';
import { readAugmented, readInput } from './readInput.js';
import type { RunConfig } from './trainerOptions.js';

type GatherConfig = Pick<RunConfig, 'normalization' | 'augmentation' | 'seed'>;

/** Where a sample goes: to the place `at` of arrays of inputs and targets. */
interface Row {
  readonly inputs: Float32Array;
  readonly targets: LossBatch['targets'];
  readonly at: number;
}

/** The phase that reads the batch's samples into the input, images N×C×H×W to N×H×W×C, augmented in a pass of training and
 * otherwise all cropped as `plain`; and their targets. */
export function gatherSamples(batch: PassBatch, input: Activation, config: GatherConfig, plain = plainCrop): Phase {
  const { augmentation } = config;
  const read = reader(batch, input, config, plain);
  const whole = { inputs: input.data, targets: batch.targets };
  return perShard((shard, pass) => {
    if (pass.training && augmentation.mixup > 0) gatherMixed(shard, pass, ownShare(config, pass));
    else for (let n = shard.first; n < shard.first + shard.count; n++) read(n, pass, { ...whole, at: n });
  });

  /** Each is read as it is, and then mixed with the one before it, which is kept as it was; of the shard's first, that one
   * is read anew, as another thread may have mixed it already. */
  function gatherMixed({ first, count }: Shard, pass: Pass, share: number): void {
    const [size, targetSize] = [sizeOf(input.shape), batch.targets.length / batch.indices.length];
    const before = { inputs: new Float32Array(size), targets: batch.targets.slice(0, targetSize), at: 0 };
    read(placeBefore(first, pass), pass, before);
    for (let n = first; n < first + count; n++) {
      read(n, pass, { ...whole, at: n });
      mix(samplesOf(input.data, size, n), before.inputs, share);
      if (batch.targets instanceof Float32Array)
        mix(samplesOf(batch.targets, targetSize, n), before.targets as Float32Array, share);
    }
  }
}

/** Reads the sample at place `n` of the batch. */
function reader(batch: PassBatch, input: Activation, config: GatherConfig, plain: typeof plainCrop) {
  const { normalization, augmentation, seed } = config;
  const scales = channelScales(normalization, input.shape[0]);
  const augmented = isAugmented(augmentation);
  return (n: number, pass: Pass, { inputs, targets, at }: Row) => {
    const dataset = batch.dataset as Dataset;
    const sample = batch.indices[n];
    readTarget(dataset, sample, targets, at);
    const to = { data: inputs, at };
    if (!pass.training || !augmented) return readInput(dataset, sample, plain, scales, to);
    const { number: step, epoch = 0 } = pass;
    const place = { seed, step, sample: placeInStep(pass, batch.indices.length, n), epoch, index: sample };
    readAugmented(dataset, sample, scales, to, { augmentation, place });
  };
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
