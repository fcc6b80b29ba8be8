/** What all ranks of a job do together. It yields while it waits for messages, so that several can be under way at once. */
export type Collective<Result = void> = Generator<void, Result>;

/** Bytes that go at a time. */
export const CHUNK = 32 * 1024;

/** How many chunks of a collective are under way at once: a message of another one waits behind these at most. */
export const LANES = 8;

/** A tag of MPI's for a lane of a collective: chunks of different lanes may overtake each other. */
export const tagOf = (tag: number, lane: number): number => LANES * tag + lane;

export const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

export const chunksOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, chunk) =>
    bytes.subarray(chunk * CHUNK, (chunk + 1) * CHUNK),
  );

/** Goes on with all of them in turn until all are done. */
export function* interleaved(collectives: readonly Collective[]): Collective {
  let rest = collectives;
  for (;;) {
    rest = rest.filter((collective) => !collective.next().done);
    if (rest.length === 0) return;
    yield;
  }
}

/** Does the same with each item, in so many lanes side by side, of which each takes its items in their order. */
export function inLanes<Item>(items: readonly Item[], work: (item: Item, lane: number) => Collective): Collective {
  const lane = function* (first: number): Collective {
    for (let item = first; item < items.length; item += LANES) yield* work(items[item], first);
  };
  return interleaved(Array.from({ length: Math.min(LANES, items.length) }, (_, first) => lane(first)));
}
