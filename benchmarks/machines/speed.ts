import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { version } from '../../src/formats/version.js';
import { addToRecord } from '../accuracy/record.js';
import { type RunningEngine, startEngine } from '../speed/peers/engine.js';
import { median } from '../speed/peers/turns.js';
import { type Launch, Ranks } from './ranks.js';
import { recordFile } from './record.js';

// What it costs on one machine that two processes of one thread share each batch, beside one process of two threads: heddle over
// Open MPI, whose weights must be the same to the bit, and PyTorch with DistributedDataParallel over gloo. Each of two processes has a core of
// its own. The specified network, batch 100, in turn within one run.
//   npm run bench:machines                    a few minutes
//   npm run bench:machines -- --rounds 9
// Prints images/s, medians of the rounds, and adds a line to benchmarks/results/machines.jsonl.

const BATCH = 100;
/** Two ranks get 50 samples each; with the default of 20 shards they would get 53 and 47. */
const SHARDS = 24;
const EPOCHS = 2;
const SECONDS = 2;
/** Between turns: threads go on spinning for a while before they sleep. */
const PAUSE_MS = 250;

/** One way to train, and images/s of its rounds. */
interface Contender {
  readonly title: string;
  readonly rates: number[];
  turn(): Promise<number>;
  stop(): void;
}

const mpirun = 'mpirun --allow-run-as-root --oversubscribe --bind-to core -n 2'.split(' ');
const hashes = new Map<string, string[]>();

async function heddle(title: string, launch: Launch, workers: number): Promise<Contender> {
  const ranks = await Ranks.start(launch, 'fashionNet', { batch: BATCH, shards: SHARDS }, workers);
  const own: string[] = [];
  hashes.set(title, own);
  const turn = async () => {
    const { imagesPerSecond, weightsHash } = await ranks.train(EPOCHS);
    own.push(weightsHash);
    return imagesPerSecond;
  };
  return { title, rates: [], turn, stop: () => ranks.stop() };
}

async function pytorch(title: string, processes: number, threads: number, format: string): Promise<Contender[]> {
  const script = fileURLToPath(new URL('../benchmarks/machines/dataParallel.py', import.meta.resolve('heddle')));
  const engine = await startEngine('/usr/bin/python3', [script, ...[processes, threads, format].map(String)]);
  if (typeof engine !== 'string') return [contenderOf(`PyTorch ${engine.version}, ${format}, ${title}`, engine)];
  console.log(`PyTorch, ${format}, is left out: ${engine}`);
  return [];
}

const contenderOf = (title: string, engine: RunningEngine): Contender => ({
  title,
  rates: [],
  turn: () => engine.rate(SECONDS),
  stop: () => engine.stop(),
});

/** The median of the rounds' ratios. */
const ratio = (a: Contender, b: Contender) => median(a.rates.map((rate, round) => rate / b.rates[round]));

function checkWeights(): void {
  const [one, two] = [...hashes.values()];
  if (one.join() !== two.join())
    throw new Error(`the weights of one rank and of two differ: ${[one, two].join(' and ')}`);
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds wants a whole number above 0, not ${values.rounds}`);

const pairs = [
  [await heddle('heddle, one rank of two workers', [], 2), await heddle('heddle, two ranks of one', mpirun, 1)],
];
for (const format of ['contiguous', 'channels_last'])
  pairs.push([
    ...(await pytorch('one process of two threads', 1, 2, format)),
    ...(await pytorch('two of one', 2, 1, format)),
  ]);
const contenders = pairs.flat();
for (let round = 0; round < rounds; round++)
  for (const contender of contenders) {
    await setTimeout(PAUSE_MS);
    contender.rates.push(await contender.turn());
  }
for (const { stop } of contenders) stop();
checkWeights();
for (const { title, rates } of contenders)
  console.log(`${title.padEnd(66)} ${median(rates).toFixed(0).padStart(6)} images/s`);
for (const [one, two] of pairs)
  if (two) console.log(`${two.title}: ${ratio(two, one).toFixed(3)} of the speed of ${one.title}`);
const machine = { processor: cpus()[0].model, versions: `heddle ${version}, Node ${process.version}` };
const results = contenders.map(({ title, rates }) => ({ title, rates: rates.map(Math.round) }));
addToRecord(recordFile, { date: new Date().toISOString(), ...machine, measured: 'speed', results });
