import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticDataset, writeMnistFolder } from '../../../__tests__/support/dataset.js';
import { Job, type JobOutcome } from './job.js';

// What becomes of a training on several machines when something goes wrong with one of them: each rank's lines and exit code.

/** A rank's words behind `train`, and before it those of Node. */
interface Words {
  readonly train?: readonly string[];
  readonly node?: readonly string[];
}

export interface Fault {
  readonly name: string;
  /** Of each rank; two, and nothing special, unless told. */
  readonly ranks?: readonly Words[];
  readonly mpi?: 'MPICH';
  readonly env?: NodeJS.ProcessEnv;
  /** Whether heddle runs from a folder without packages beside it. */
  readonly withoutPackages?: true;
  /** What happens when the first epochs are over. */
  readonly strike?: (job: Job) => void;
  /** Whether ranks meet it before they know of each other: then others may say what rank 0 does. */
  readonly apart?: true;
  /** What a rank prints, the whole line. */
  readonly says: Readonly<Partial<Record<0 | 1 | 2, RegExp>>>;
}

const nothing: Words = {};
const stopped =
  /^stopped by SIGTERM after step \d+; run holds what there was after step \d+\. To go on, start it as before, but with \S.* --resume run /;

/** A network whose file does something at rank 1. */
const failing = (what: string) => ['--network', `${what}.mjs`];

export const faults: readonly Fault[] = [
  {
    name: 'rank 1 gets another --batch-size',
    ranks: [nothing, { train: ['--batch-size', '10'] }],
    says: {
      0: /^error: rank 1 differs from rank 0: --batch-size is 10 there and 20 at rank 0; start all with the same$/,
    },
  },
  {
    name: 'rank 2 gets another --seed',
    ranks: [nothing, nothing, { train: ['--seed', '3'] }],
    says: {
      0: /^error: rank 2 differs from rank 0: --seed is 3 there and nothing at rank 0; start all with the same$/,
    },
  },
  {
    name: 'rank 1 has other images',
    ranks: [nothing, { train: ['--data', 'other'] }],
    says: { 0: /^error: rank 1 differs from rank 0: another training set; start all with the same$/ },
  },
  {
    name: 'rank 1 does not have the data',
    ranks: [nothing, { train: ['--data', 'nowhere'] }],
    says: { 1: /^rank 1: error: cannot read nowhere / },
  },
  {
    name: 'no rank has the data',
    ranks: [{ train: ['--data', 'nowhere'] }, { train: ['--data', 'nowhere'] }],
    says: { 0: /^error: cannot read nowhere / },
  },
  {
    name: 'a setting that all refuse',
    apart: true,
    ranks: [{ train: ['--epochs', 'x'] }, { train: ['--epochs', 'x'] }],
    says: { 0: /^error: option '--epochs <n>' argument 'x' is invalid\. It must be a whole number of 1 or more\.$/ },
  },
  {
    name: 'mpirun of another MPI',
    mpi: 'MPICH',
    apart: true,
    says: {
      0: /^error: this is rank \d of 2 of another MPI than Open MPI, such as MPICH; start it with Open MPI's mpirun/,
    },
  },
  {
    name: 'no Open MPI',
    apart: true,
    env: { HEDDLE_MPI_LIBRARY: '/nowhere' },
    says: { 0: /^error: Open MPI cannot be loaded: HEDDLE_MPI_LIBRARY says '\/nowhere'/ },
  },
  {
    name: 'a layer throws at rank 1',
    ranks: [{ train: failing('layer') }, { train: failing('layer') }],
    says: { 0: stopped, 1: /^rank 1: error: .*this layer gives up/ },
  },
  {
    name: 'an exception that nobody catches at rank 1',
    ranks: [{ train: failing('exception') }, { train: failing('exception') }],
    says: { 0: stopped, 1: /^rank 1: error: unexpected: nobody catches this$/ },
  },
  {
    name: 'a promise that nobody waits for fails at rank 1',
    ranks: [{ train: failing('rejection') }, { train: failing('rejection') }],
    says: { 0: stopped, 1: /^rank 1: error: unexpected: nobody waits for this$/ },
  },
  {
    name: 'rank 1 of 3 is killed',
    ranks: [nothing, nothing, nothing],
    strike: (job) => job.signalRank(1, 'SIGKILL'),
    says: { 0: stopped },
  },
  { name: 'rank 0 is killed', strike: (job) => job.signalRank(0, 'SIGKILL'), says: {} },
  { name: 'Ctrl-C at mpirun', strike: (job) => job.signal('SIGINT'), says: { 0: stopped } },
  { name: 'mpirun is told to end', strike: (job) => job.signal('SIGTERM'), says: { 0: stopped } },
  ...(process.allowedNodeEnvironmentFlags.has('--allow-ffi') ? permissions() : withoutFfi()),
];

/** Of a Node with node:ffi. */
function permissions(): Fault[] {
  const node = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-worker'];
  return [
    {
      name: 'node --permission',
      ranks: [{ node }, { node }],
      says: { 0: /^error: Open MPI cannot be called: .*--allow-ffi$/ },
    },
  ];
}

/** Of one without it. */
function withoutFfi(): Fault[] {
  return [
    {
      name: 'a Node without node:ffi, and no koffi',
      withoutPackages: true,
      apart: true,
      says: { 0: /^error: Node \S+ cannot call Open MPI by itself; use Node 26\.1 or later, or npm install koffi$/ },
    },
  ];
}

const layerFile = (heddle: string) => `
import { Flatten, Layer, Linear, Sequential, perShard, registerLayer, samplesOf, sizeOf } from '${heddle}';
let passes = 0;
class Fragile extends Layer {
  type = 'Fragile';
  arguments() { return []; }
  describe() { return 'Fragile()'; }
  plan(input, { activation }) {
    const output = activation(input.shape);
    const copy = (from, to) => perShard(({ first, count }) => {
      if (process.env.OMPI_COMM_WORLD_RANK === '1' && ++passes > 300) throw new Error('this layer gives up');
      const [x, y] = [from, to].map((array) => samplesOf(array(), sizeOf(input.shape), first, count));
      y.set(x);
    });
    return {
      output,
      forward: [copy(() => input.data, () => output.data)],
      backward: [copy(() => output.gradient, () => input.gradient)],
    };
  }
}
registerLayer('Fragile', Fragile);
export default () => new Sequential([new Flatten(), new Fragile(), new Linear(784, 10)]);
`;

const laterFile = (heddle: string, what: string) => `
import { isMainThread } from 'node:worker_threads';
import { lenet5 } from '${heddle.replace('index.js', 'networks.js')}';
if (isMainThread && process.env.OMPI_COMM_WORLD_RANK === '1') setTimeout(() => { ${what} }, 2500);
export default () => lenet5();
`;

/** Data and networks for faults, in a folder of their own. */
export async function prepare(dist: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-faults-'));
  const digits = { classes: 10, size: 28 };
  const test = syntheticDataset(20, { ...digits, sample: 1 });
  await writeMnistFolder(join(folder, 'data'), syntheticDataset(400, digits), test);
  await writeMnistFolder(join(folder, 'other'), syntheticDataset(400, { ...digits, sample: 2 }), test);
  const heddle = join(dist, 'index.js');
  writeFileSync(join(folder, 'layer.mjs'), layerFile(heddle));
  writeFileSync(join(folder, 'exception.mjs'), laterFile(heddle, "throw new Error('nobody catches this')"));
  writeFileSync(join(folder, 'rejection.mjs'), laterFile(heddle, "Promise.reject(new Error('nobody waits for this'))"));
  mkdirSync(join(folder, 'alone', 'node_modules'), { recursive: true });
  await cp(dist, join(folder, 'alone', 'dist'), { recursive: true, filter: (path) => !path.includes('benchmarks') });
  await cp(join(dist, '..', 'package.json'), join(folder, 'alone', 'package.json'));
  for (const name of ['ndarray', 'iota-array', 'is-buffer'])
    symlinkSync(join(dist, '..', 'node_modules', name), join(folder, 'alone', 'node_modules', name));
  return folder;
}

export const settings = [
  '--data',
  'data',
  '--network',
  'lenet5',
  '--batch-size',
  '20',
  '--workers',
  '1',
  '--lr',
  '0.01',
  '--json',
];

/** Has something go wrong, and tells what each rank came to. */
export async function runFault(
  { ranks = [nothing, nothing], mpi, env, withoutPackages, strike }: Fault,
  dist: string,
  folder: string,
): Promise<JobOutcome> {
  rmSync(join(folder, 'run'), { recursive: true, force: true });
  const script = withoutPackages ? join(folder, 'alone', 'dist', 'train.js') : join(dist, 'train.js');
  const words = ranks.map(({ train = [], node = [] }) => [
    process.execPath,
    ...node,
    script,
    ...settings,
    '--epochs',
    '100000',
    '--checkpoint-every',
    '7',
    '--out',
    'run',
    ...train,
  ]);
  const job = Job.start(folder, words, { ...(mpi && { mpi }), ...(env && { env }) });
  const outcome = job.outcome();
  if (strike) {
    await job.until(() => existsSync(join(folder, 'run', 'checkpoint.previous.safetensors')));
    strike(job);
  }
  return outcome;
}

/** What is not as it should be: all ranks must end with an error, and say what the fault tells, and nothing else. */
export function complaints(fault: Fault, { code, ranks }: JobOutcome): string[] {
  const ofRanks = ranks.flatMap(({ lines, code }, rank) => [
    ...(saysWhatItShould(fault, rank, lines) ? [] : [`rank ${rank} says another thing than it should`]),
    ...(code === 0 ? [`rank ${rank} returns 0`] : []),
  ]);
  return [...ofRanks, ...(code === 0 ? ['mpirun returns 0'] : [])];
}

function saysWhatItShould({ says, apart }: Fault, rank: number, lines: readonly string[]): boolean {
  const expected = says[rank as 0 | 1 | 2];
  if (expected) return lines.length === 1 && expected.test(lines[0]);
  const mayRepeat = (line: string) => apart === true && says[0]?.test(line.replace(`rank ${rank}: `, '')) === true;
  return lines.length <= 1 && lines.every(mayRepeat);
}

/** Runs all faults and prints what each rank printed and returned. @param dist where heddle is built */
export async function checkFaults(dist: string): Promise<void> {
  const folder = await prepare(dist);
  for (const fault of faults) {
    const outcome = await runFault(fault, dist, folder);
    const wrong = complaints(fault, outcome);
    console.log(`${wrong.length === 0 ? 'ok' : 'NOT ok'}: ${fault.name}; mpirun returns ${outcome.code}`);
    for (const [rank, { lines, code }] of outcome.ranks.entries())
      console.log([`  rank ${rank}: ${code ?? 'ended by a signal'}`, ...lines].join('\n    '));
    for (const text of wrong) console.log(`  ${text}`);
    if (wrong.length > 0) process.exitCode = 1;
  }
  rmSync(folder, { recursive: true });
}
