import { drawShare } from '../data/augmentation/mixup.js';
import type { Mixing } from '../losses/loss.js';
import type { Pass } from '../program/phase.js';
import type { PassBatch } from './passBatch.js';
import type { RunConfig } from './trainerOptions.js';

type MixupConfig = Pick<RunConfig, 'augmentation' | 'seed'>;

/** λ of a pass. */
export const ownShare = ({ augmentation, seed }: MixupConfig, { number, batch }: Pass): number =>
  drawShare(augmentation.mixup, { seed, step: number, batch: batch?.index ?? 0 });

/** The place in a batch of the sample before the one at place `n`: of the first, the last. */
export const placeBefore = (n: number, { samples }: Pass): number => (n + samples - 1) % samples;

/** Each number of `own` becomes `share` parts of itself and the rest of `other`'s, which becomes what `own` was. */
export function mix(own: Float32Array, other: Float32Array, share: number): void {
  for (let i = 0; i < own.length; i++) {
    const number = own[i];
    own[i] = share * number + (1 - share) * other[i];
    other[i] = number;
  }
}

/** What is mixed into a pass's classes. They are read from the data set, as other shards may not have gathered theirs. */
export const mixingOf =
  (batch: PassBatch, config: MixupConfig) =>
  (pass: Pass): Mixing => ({
    share: 1 - ownShare(config, pass),
    classOf: (n) => batch.dataset?.targets[batch.indices[placeBefore(n, pass)]] as number,
  });
