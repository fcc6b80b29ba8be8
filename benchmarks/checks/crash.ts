import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Checkpoint } from '../../src/formats/checkpoint.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/formats/checkpointFile.js';
import { runCommand, smallWorks } from './crash/commands.js';
import { cutStudy, damagedRun, failEachCall } from './crash/failures.js';
import { runTogether } from './crash/together.js';

// Ends runs by SIGKILL at random instants and looks at what is left: a run that is resumed until it is whole must have
// the uninterrupted one's weights and metrics to the bit, and a folder must hold a whole checkpoint, the old one or the new
// one, whenever its writing is cut off. Then `train` and `tune` have each of their writing calls fail in turn, and be the one
// at which they are killed; and two of them are started in one folder. `node dist/benchmarks/checks/crash.js [resumes]
// [writes] [rounds]`, 20, 200 and 10 unless given.

const [resumes = 20, writes = 200, rounds = 10] = process.argv.slice(2).map(Number);
const trainScript = fileURLToPath(new URL('../../train.js', import.meta.url));
const self = fileURLToPath(import.meta.url);

/** Runs a Node script and ends it after some milliseconds; whether it ended by itself. */
async function cutOff(args: readonly string[], milliseconds: number): Promise<boolean> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const late = new AbortController();
  const kill = setTimeout(milliseconds, undefined, { signal: late.signal }).then(
    () => child.kill('SIGKILL'),
    () => {},
  );
  const [code] = await ended;
  late.abort();
  await kill;
  if (code !== null && code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return code === 0;
}

/** The metrics of a run without its times. */
const metricsOf = async (run: string) =>
  (await readFile(join(run, 'metrics.jsonl'), 'utf8')).replaceAll(/"(seconds|imagesPerSecond)":[^,}]*,?/g, '');

async function killAndResume(folder: string): Promise<void> {
  // 3 epochs of 6 steps, dropout and momentum on.
  const settings = ['--limit', '300', '--batch-size', '50', '--lr', '0.02', '--momentum', '0.9', '--epochs', '3'];
  const whole = join(folder, 'whole');
  const start = performance.now();
  await cutOff([trainScript, ...settings, '--out', whole], 600_000);
  const time = performance.now() - start;
  const wanted = await metricsOf(whole);
  let kills = 0;
  for (let run = 0; kills < resumes; run++) {
    const path = join(folder, `run-${run}`);
    let args = [trainScript, ...settings, '--out', path, '--checkpoint-every', '2'];
    while (!(await cutOff(args, kills < resumes ? Math.random() * time : 600_000))) {
      kills++;
      const workers = String(1 + (kills % Math.max(3, availableParallelism())));
      // A folder without a configuration is that of a run that had not begun.
      const begun = await readFile(join(path, 'config.json')).catch(() => undefined);
      if (begun) args = [trainScript, '--resume', path, '--checkpoint-every', '2', '--workers', workers];
    }
    if ((await metricsOf(path)) !== wanted)
      throw new Error(`run ${run} differs from the uninterrupted one: see ${folder}`);
    await rm(path, { recursive: true });
  }
  console.log(`${kills} of ${kills} SIGKILLs: the resumed runs have the uninterrupted one's weights and metrics`);
}

/** Checkpoints of the network's size, and small ones, which spend a fair part of their time in the renames and after. */
const sizes = [4_000_000, 1_000];

const checkpointOf = (steps: number, size: number): Checkpoint => ({
  settings: {},
  position: { steps, epochs: 0, running: { count: 0, seconds: 0, sums: {} } },
  model: new Map([['weight', { shape: [size], data: new Float32Array(size).fill(steps) }]]),
  optimizer: new Map(),
  average: new Map(),
});

/** The child: writes one checkpoint after the other, and says the number of each before it begins. */
async function writeForEver(path: string, first: number, size: number): Promise<never> {
  for (let steps = first; ; steps++) {
    process.stdout.write(`${steps}\n`);
    await saveCheckpoint(path, checkpointOf(steps, size));
  }
}

/** Cuts a child off within 1.5 times what its first checkpoint took, from its second one on; the number that it said last. */
async function cutOffWriting(path: string, first: number, size: number): Promise<number> {
  const args = [self, 'write', path, first, size].map(String);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const times: number[] = [];
  const lines = createInterface(child.stdout).on('line', () => times.push(performance.now()));
  const ended = once(lines, 'close');
  while (times.length < 2) await once(lines, 'line');
  await setTimeout(1.5 * (times[1] - times[0]) * Math.random());
  child.kill('SIGKILL');
  await ended;
  return first + times.length - 1;
}

async function killWhileWriting(folder: string): Promise<void> {
  const path = await mkdtemp(join(folder, 'writes-'));
  const found = { old: 0, new: 0 };
  for (let round = 0, steps = 0; round < writes; round++) {
    const said = await cutOffWriting(path, steps + 1, sizes[round % sizes.length]);
    steps = (await loadCheckpoint(path))?.checkpoint.position.steps ?? -1;
    if (steps !== said - 1 && steps !== said)
      throw new Error(`while number ${said} was written the folder holds number ${steps}: see ${path}`);
    found[steps === said ? 'new' : 'old']++;
  }
  console.log(
    `${writes} of ${writes} SIGKILLs while writing left a whole checkpoint: ${found.old} the old one, ${found.new} the new one`,
  );
}

if (process.argv[2] === 'write') await writeForEver(process.argv[3], Number(process.argv[4]), Number(process.argv[5]));
const folder = await mkdtemp(join(tmpdir(), 'heddle-crash-'));
await killWhileWriting(folder);
await killAndResume(folder);
const works = await smallWorks(folder);
for (const work of Object.values(works)) {
  const { command } = work;
  const whole = join(folder, `whole-${command}`);
  await runCommand(command, [...work.settings, '--out', whole]);
  console.log(`two processes of ${command} in one folder: ${await runTogether(work, folder, whole, rounds)}`);
  console.log(`${command}: ${await failEachCall(work, folder, whole)}, all resumed to the same record`);
  const before = await (command === 'train' ? damagedRun : cutStudy)(whole, join(folder, `damaged-${command}`));
  const counts = await failEachCall(work, folder, whole, before);
  console.log(`${command} --resume of a damaged folder: ${counts}, all resumed to the same record`);
}
await rm(folder, { recursive: true });
