import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Random } from './fuzz/random.js';
import { type FuzzedReader, outcomeOf } from './fuzz/reader.js';
import { readers } from './fuzz/readers.js';

// Feeds every reader with random files, right ones and such as are damaged in one place or a few: each must be read for
// what it is or end in a HeddleError of the reader's codes, within a second and the memory cap. An input depends on
// --seed and its number alone. On a failure the exit code is 1, and the message says what repeats it:
//   npm run fuzz -- --seed 1 --first 1234 --inputs 1

const SECOND = 1000;
/** The whole process may have so much, with Node itself, the compiler and what is not collected yet. */
const MEMORY_CAP_KIB = 512 * 1024;
/** Asking for it takes as long as reading a small file. */
const MEMORY_CHECK = 64;
/** A reader that makes no progress for so long hangs; the machine may have other work. */
const PATIENCE = 30 * SECOND;

interface Run {
  readonly seed: number;
  readonly first: number;
  readonly inputs: number;
  /** The number of inputs done, for the main thread to see. */
  readonly done: BigInt64Array<SharedArrayBuffer>;
}

/** Readers in turn, each as often as its share asks. */
const turns = readers.flatMap((reader) => Array<FuzzedReader>(reader.share).fill(reader));
const readerOf = (input: number) => turns[input % turns.length];
const repeat = ({ seed }: Run, input: number) =>
  `${readerOf(input).name}, to repeat it: npm run fuzz -- --seed ${seed} --first ${input} --inputs 1`;

/** Runs one input. @returns the outcome, 'read' or an error's code, and the milliseconds it took */
async function runInput({ seed }: Run, input: number): Promise<{ outcome: string; time: number }> {
  const { prepare, codes } = readerOf(input);
  const read = prepare(new Random(seed, input));
  const start = performance.now();
  const outcome = await outcomeOf(read, codes);
  return { outcome, time: performance.now() - start };
}

async function runAll(run: Run): Promise<void> {
  const counts = new Map(readers.map(({ name }) => [name, new Map<string, number>()]));
  const slowest = { input: run.first, time: 0 };
  for (let input = run.first; input < run.first + run.inputs; input++) {
    let result = await runInput(run, input);
    // The machine may be busy with other work: slow is what is slow every time.
    for (let again = 0; again < 4 && result.time > SECOND; again++) result = await runInput(run, input);
    const { outcome, time } = result;
    if (time > SECOND) throw new Error(`took ${time.toFixed(0)} ms`);
    // zlib lets go of what damaged data took when the event loop turns.
    if (input % MEMORY_CHECK === 0) await setImmediate();
    if (input % MEMORY_CHECK === 0 && peakKiB() > MEMORY_CAP_KIB)
      throw new Error(`the process took ${mebibytes()}, over the cap, since input ${input - MEMORY_CHECK}`);
    if (time > slowest.time) Object.assign(slowest, { input, time });
    const outcomes = counts.get(readerOf(input).name);
    outcomes?.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    run.done[0]++;
    if (Number(run.done[0]) % 500_000 === 0) console.log(`${run.done[0]} inputs, peak memory ${mebibytes()}`);
  }
  for (const [name, outcomes] of counts)
    console.log(`${name.padEnd(14)} ${[...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ')}`);
  console.log(`slowest: ${slowest.time.toFixed(1)} ms, input ${slowest.input}, ${repeat(run, slowest.input)}`);
  console.log(`peak memory of the process: ${mebibytes()}`);
}

const peakKiB = () => process.resourceUsage().maxRSS;
const mebibytes = () => `${(peakKiB() / 1024).toFixed(0)} MiB`;

/** Watches a thread that runs the inputs: one that hangs, or dies, could not tell. */
function watch(run: Run): void {
  const start = performance.now();
  const fail = (why: string) => {
    console.error(`input ${run.first + Number(run.done[0])}: ${why}\n${repeat(run, run.first + Number(run.done[0]))}`);
    process.exit(1);
  };
  const worker = new Worker(new URL(import.meta.url), { workerData: run });
  let seen = { done: 0n, time: start };
  const timer = setInterval(() => {
    const now = performance.now();
    if (run.done[0] !== seen.done) seen = { done: run.done[0], time: now };
    else if (now - seen.time > PATIENCE) fail(`no end after ${PATIENCE / SECOND} s`);
  }, SECOND);
  worker.on('error', (error) => fail(String(error.stack ?? error)));
  worker.on('exit', () => {
    clearInterval(timer);
    if (run.done[0] < run.inputs) fail('the thread ended: a promise was never settled');
    const seconds = (performance.now() - start) / SECOND;
    console.log(`seed ${run.seed}: ${run.done[0]} inputs in ${seconds.toFixed(0)} s, nothing else found`);
  });
}

function whole(name: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`--${name} wants a whole number, not ${text}`);
  return Number(text);
}

if (isMainThread) {
  const options = { seed: { type: 'string', default: '0' }, first: { type: 'string', default: '0' } } as const;
  const { values } = parseArgs({ options: { ...options, inputs: { type: 'string', default: '1000000' } } });
  watch({
    seed: whole('seed', values.seed),
    first: whole('first', values.first),
    inputs: whole('inputs', values.inputs),
    done: new BigInt64Array(new SharedArrayBuffer(8)),
  });
} else await runAll(workerData);
