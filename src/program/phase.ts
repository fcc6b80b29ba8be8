/** The part of a batch that is worked on at a time: samples `first` … `first + count − 1`. */
export interface Shard {
  readonly index: number;
  readonly first: number;
  readonly count: number;
}

/** What one pass over a batch needs to know; a plain record, so that it can be sent to worker threads. */
export interface Pass {
  /** Samples in this batch, at most the model's batch size. */
  readonly samples: number;
  /** Into how many shards the batch is cut. */
  readonly shards: number;
  /** Whether BatchNorm and Dropout behave as in training. */
  readonly training: boolean;
  /** Optimizer steps taken before it. */
  readonly number: number;
  readonly learningRate: number;
  /** Of each of the optimizer's parameter groups; absent where it has none. */
  readonly groupRates?: readonly number[] | undefined;
  /** The batch's place among those of its step, and how many these are; absent where a step is one batch. */
  readonly batch?: { readonly index: number; readonly count: number } | undefined;
}

/** Whether the parameters are updated after this pass. */
export const endsStep = ({ batch }: Pass): boolean => batch === undefined || batch.index === batch.count - 1;

/** A sample's place among all of its step, for random numbers. */
export const placeInStep = ({ batch }: Pass, batchSize: number, sample: number): number =>
  (batch?.index ?? 0) * batchSize + sample;

/** A piece of a program that any number of threads can share. It is cut either by shard or into parts of its own choosing
 * over the whole batch; units of one phase are independent of each other, and a phase begins when the one before it has
 * ended for all of them. */
export type Phase = {
  /** @internal */
  readonly work?: Work;
} & (
  | { readonly by: 'shard'; run(shard: Shard, pass: Pass, scratch: Float32Array): void }
  | { readonly by: 'part'; readonly parts: number; run(part: number, pass: Pass, scratch: Float32Array): void }
);

/** What a phase does, for a profile. */
export interface Work {
  readonly name: string;
  readonly pass: string;
  /** Of one sample: multiplications and additions of the plain algorithm, or else the bytes of input and output. */
  readonly operations?: number;
  readonly bytes?: number;
}

/** The phases with what they do written on them. */
export const labelled = <T extends Phase>(phases: readonly T[], work: Work): T[] =>
  phases.map((phase) => ({ ...phase, work }));

export const perShard = (run: (shard: Shard, pass: Pass, scratch: Float32Array) => void): Phase => ({
  by: 'shard',
  run,
});

export const perPart = (
  parts: number,
  run: (part: number, pass: Pass, scratch: Float32Array) => void,
): Phase & { by: 'part' } => ({ by: 'part', parts, run });

/** Elements that one thread works on at a time: 64 KB, so that a slice and its sums stay in the cache. */
export const SLICE = 16384;

/** A phase over an array of so many elements, whose parts are slices of it. */
export const perSlice = (
  length: number,
  run: (start: number, end: number, pass: Pass, part: number) => void,
  slice = SLICE,
) =>
  perPart(Math.ceil(length / slice), (part, pass) =>
    run(part * slice, Math.min(length, (part + 1) * slice), pass, part),
  );

/** The shard `index` of a batch, a range of its samples. Sizes fall from nearly twice the mean to about one sample, so that
 * workers which claim them in order end at nearly the same time. */
export function shardOf({ samples, shards }: Pass, index: number): Shard {
  const start = (i: number) => i + Math.floor(((samples - shards) * i * (2 * shards - i)) / (shards * shards));
  const first = start(index);
  return { index, first, count: start(index + 1) - first };
}

export const unitsOf = (phase: Phase, pass: Pass) => (phase.by === 'shard' ? pass.shards : phase.parts);

export function runUnit(phase: Phase, unit: number, pass: Pass, scratch: Float32Array): void {
  if (phase.by === 'shard') phase.run(shardOf(pass, unit), pass, scratch);
  else phase.run(unit, pass, scratch);
}

/** Runs the phases on this thread alone. */
export function runAlone(phases: readonly Phase[], pass: Pass, scratch: Float32Array): void {
  for (const phase of phases)
    for (let unit = 0; unit < unitsOf(phase, pass); unit++) runUnit(phase, unit, pass, scratch);
}

/** Joins neighbouring shard phases: a shard goes through all of them while it is in the cache, and no one waits. */
export function joinShardPhases(phases: readonly Phase[]): Phase[] {
  const joined: Phase[] = [];
  for (const phase of phases) {
    const last = joined.at(-1);
    if (phase.by === 'shard' && last?.by === 'shard') {
      joined[joined.length - 1] = perShard((shard, pass, scratch) => {
        last.run(shard, pass, scratch);
        phase.run(shard, pass, scratch);
      });
    } else joined.push(phase);
  }
  return joined;
}

/** One phase of all the parts of several that do not depend on each other. */
export function uniteParts(phases: readonly (Phase & { by: 'part' })[]): (Phase & { by: 'part' })[] {
  let parts = 0;
  const starts = phases.map((phase) => {
    const start = parts;
    parts += phase.parts;
    return start;
  });
  if (parts === 0) return [];
  return [
    perPart(parts, (part, pass, scratch) => {
      const index = starts.findLastIndex((start) => start <= part);
      phases[index].run(part - starts[index], pass, scratch);
    }),
  ];
}
