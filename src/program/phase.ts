import type { Transfer } from './transfer.js';

/** The part of a batch that is worked on at a time: samples `first` … `first + count − 1`. */
export interface Shard {
  readonly index: number;
  readonly first: number;
  readonly count: number;
}

/** The place of a machine among those that share each batch. */
export interface Machine {
  /** From 0 on. */
  readonly rank: number;
  readonly ranks: number;
}

/** What a machine does of a batch: samples `first` … `first + count − 1`, which are so many shards from `firstShard` on. */
export interface OwnPart extends Machine {
  readonly firstShard: number;
  readonly shards: number;
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
  /** Optimizer steps taken before it, or batches that a Predictor has answered. */
  readonly number: number;
  readonly learningRate: number;
  /** Epochs trained before it; absent outside of a training. */
  readonly epoch?: number | undefined;
  /** Of each of the optimizer's parameter groups; absent where it has none. */
  readonly groupRates?: readonly number[] | undefined;
  /** The batch's place among those of its step, and how many these are; absent where a step is one batch. */
  readonly batch?: { readonly index: number; readonly count: number } | undefined;
  /** How many batches BatchNorm's running statistics are the mean of, where they become the mean of these and this one; absent
   * where they move as in training. */
  readonly estimatedBatches?: number | undefined;
  /** Absent where one machine does all of it. @internal */
  readonly own?: OwnPart | undefined;
}

/** Whether the parameters are updated after this pass. */
export const endsStep = ({ batch }: Pass): boolean => batch === undefined || batch.index === batch.count - 1;

/** A sample's place among all of its step, for random numbers. */
export const placeInStep = ({ batch }: Pass, batchSize: number, sample: number): number =>
  (batch?.index ?? 0) * batchSize + sample;

/** The channels of a whole batch that are worked on at a time: `first` … `first + count − 1`. */
export interface ChannelBlock {
  readonly first: number;
  readonly count: number;
}

/** A piece of a program that any number of threads can share. It is cut by shard, by channels over the whole batch, or into
 * parts of its own choosing; units of one phase are independent of each other, and a phase begins when the one before it has
 * ended for all of them. Only neighbours that are cut alike are joined: see joinPhases. */
export type Phase = ComputePhase | ExchangePhase;

export type ComputePhase = {
  /** @internal */
  readonly work?: Work;
  /** Parts that run along with it, claimed behind its own units: neither depends on the other. @internal */
  readonly beside?: PartPhase;
  /** Gradients of parameters that are whole behind it; nothing in the backward pass reads these parameters any more. @internal */
  readonly gradients?: readonly Float32Array[];
} & (
  | { readonly by: 'shard'; run(shard: Shard, pass: Pass, scratch: Float32Array): void }
  | {
      readonly by: 'channel';
      readonly channels: number;
      /** Whether it reads other channels than its own of what the phases before it wrote. */
      readonly mixes: boolean;
      /** Whether each machine does some of the blocks, instead of all. */
      readonly divided?: boolean;
      run(block: ChannelBlock, pass: Pass, scratch: Float32Array): void;
    }
  | {
      readonly by: 'part';
      readonly parts: number;
      /** Whether each machine does some of the parts, instead of all. */
      readonly divided?: boolean;
      /** Whether the phases that come next neither read nor write what it does, up to where threads meet behind them.
       * @internal */
      readonly background?: boolean;
      run(part: number, pass: Pass, scratch: Float32Array): void;
    }
);

/** Where machines begin to tell each other something, when what stands before has ended. Phases behind it do not wait for that,
 * up to an arrival of the same transfers. */
export type ExchangePhase = {
  /** @internal */
  readonly work?: Work;
  /** Gradients that are whole behind it. */
  readonly gradients?: readonly Float32Array[];
  readonly transfers: readonly Transfer[];
} & (
  | {
      readonly by: 'exchange';
      /** Gradients that are whole when it has arrived. */
      readonly completes?: readonly Float32Array[];
    }
  | {
      readonly by: 'arrival';
      /** Told by each thread how many milliseconds it has waited. */
      readonly onArrival?: (milliseconds: number) => void;
    }
);

/** A phase that is cut by channels. */
export type ChannelPhase = ComputePhase & { readonly by: 'channel' };

/** A phase that is cut into parts of its own choosing. */
export type PartPhase = ComputePhase & { readonly by: 'part' };

/** What a phase does, for a profile. */
export interface Work {
  readonly name: string;
  /** Where a layer has several ways to do it, the one that was chosen. */
  readonly method?: string | undefined;
  readonly pass: string;
  /** Of one sample: multiplications and additions of the plain algorithm, or else the bytes of input and output. */
  readonly operations?: number;
  readonly bytes?: number;
}

/** The phases that compute, with what they do written on them, and those that exchange, which say it themselves. */
export const labelled = <T extends Phase>(phases: readonly T[], work: Work): T[] =>
  phases.map((phase) => (isExchange(phase) ? phase : { ...phase, work }));

export const perShard = (run: (shard: Shard, pass: Pass, scratch: Float32Array) => void): ComputePhase => ({
  by: 'shard',
  run,
});

/** How many channels a block has: one cache line of a pixel's, or two where that leaves blocks for several threads. */
export const blockOf = (channels: number) => (channels < 256 ? 16 : 32);

/** The blocks of so many channels. */
export const channelBlocks = (channels: number) => Math.ceil(channels / blockOf(channels));

export const channelBlock = (channels: number, index: number): ChannelBlock => {
  const size = blockOf(channels);
  return { first: index * size, count: Math.min(size, channels - index * size) };
};

export const perChannels = (
  channels: number,
  run: (block: ChannelBlock, pass: Pass, scratch: Float32Array) => void,
  { mixes }: { mixes: boolean } = { mixes: false },
): ChannelPhase => ({ by: 'channel', channels, mixes, run });

/** Parts of a layer's or a loss's own choosing. Where machines share each batch all of them run each part: what it does is either
 * about all samples of what it has got from the others, or about those that `ownSamples` gives. */
export const perPart = (parts: number, run: (part: number, pass: Pass, scratch: Float32Array) => void): PartPhase => ({
  by: 'part',
  parts,
  run,
});

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
export function shardOf({ samples, shards }: Pick<Pass, 'samples' | 'shards'>, index: number): Shard {
  const start = (i: number) => i + Math.floor(((samples - shards) * i * (2 * shards - i)) / (shards * shards));
  const first = start(index);
  return { index, first, count: start(index + 1) - first };
}

export const isExchange = (phase: Phase): phase is ExchangePhase => phase.by === 'exchange' || phase.by === 'arrival';

/** How many units this machine has to do. */
export function unitsOf(phase: Phase, pass: Pass): number {
  if (isExchange(phase)) return 0;
  return ownUnits(phase, pass).count + (phase.beside?.parts ?? 0);
}

function ownUnits(phase: ComputePhase, pass: Pass): { readonly first: number; readonly count: number } {
  const { own } = pass;
  if (phase.by === 'shard') return { first: own?.firstShard ?? 0, count: own?.shards ?? pass.shards };
  const count = phase.by === 'channel' ? channelBlocks(phase.channels) : phase.parts;
  return phase.divided && own ? divide(count, own) : { first: 0, count };
}

/** The units that a machine does of so many. */
export function divide(units: number, { rank, ranks }: Machine): { readonly first: number; readonly count: number } {
  const start = (index: number) => Math.floor((index * units) / ranks);
  return { first: start(rank), count: start(rank + 1) - start(rank) };
}

export function runUnit(phase: Phase, unit: number, pass: Pass, scratch: Float32Array): void {
  if (isExchange(phase)) return;
  const { first, count } = ownUnits(phase, pass);
  if (unit >= count) phase.beside?.run(unit - count, pass, scratch);
  else if (phase.by === 'shard') phase.run(shardOf(pass, first + unit), pass, scratch);
  else if (phase.by === 'channel') phase.run(channelBlock(phase.channels, first + unit), pass, scratch);
  else phase.run(first + unit, pass, scratch);
}

/** Runs the phases on this thread alone. */
export function runAlone(phases: readonly Phase[], pass: Pass, scratch: Float32Array): void {
  for (const phase of phases)
    for (let unit = 0; unit < unitsOf(phase, pass); unit++) runUnit(phase, unit, pass, scratch);
}

/** Joins neighbouring phases that are cut alike, by shard or by the same channels: a unit goes through all of them while it is
 * in the cache, and no one waits. What may run in the background gives those something to do who would wait at the end of
 * the next phase. */
export function joinPhases(phases: readonly Phase[]): Phase[] {
  const joined: Phase[] = [];
  let background: PartPhase[] = [];
  for (const phase of phases) {
    if (phase.by === 'part' && phase.background) {
      background.push(phase);
      continue;
    }
    if (isExchange(phase)) {
      joined.push(phase);
      continue;
    }
    const both = joined.length > 0 ? join(joined[joined.length - 1], phase) : undefined;
    if (both) joined[joined.length - 1] = both;
    else {
      const [beside] = uniteParts(background);
      joined.push(beside ? { ...phase, beside } : phase);
      background = [];
    }
  }
  return joined.concat(uniteParts(background));
}

function join(former: Phase, latter: ComputePhase): ComputePhase | undefined {
  const inTurn =
    <Unit extends unknown[]>(first: (...unit: Unit) => void, second: (...unit: Unit) => void) =>
    (...unit: Unit) => {
      first(...unit);
      second(...unit);
    };
  if (former.by === 'shard' && latter.by === 'shard') return { ...former, run: inTurn(former.run, latter.run) };
  if (former.by !== 'channel' || latter.by !== 'channel' || former.divided !== latter.divided) return undefined;
  if (latter.mixes || former.channels !== latter.channels) return undefined;
  return { ...former, run: inTurn(former.run, latter.run) };
}

/** One phase of all the parts of several that do not depend on each other. */
export function uniteParts(phases: readonly PartPhase[]): PartPhase[] {
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
