import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { prepare, settings } from './faults.js';
import { Job } from './job.js';

// Runs that are ended by SIGKILL, or stand still, on some machines, and go on on others: the weights and metrics are those of a run
// on one machine that nothing happened to.

const EPOCHS = ['--epochs', '25'];

/** Those of a run, without their times. */
const metricsOf = (folder: string, run: string) =>
  readFileSync(join(folder, run, 'metrics.jsonl'), 'utf8').replaceAll(/"(seconds|imagesPerSecond)":[^,}]*,?/g, '');

function report(isRight: boolean, text: string): void {
  console.log(`${isRight ? 'ok' : 'NOT ok'}: ${text}`);
  if (!isRight) process.exitCode = 1;
}

const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(Math.random() * values.length)];

/** @param dist where heddle is built */
export async function checkResumes(dist: string, kills = 20): Promise<void> {
  const folder = await prepare(dist);
  const train = [process.execPath, join(dist, 'train.js')];
  execFileSync(train[0], [train[1], ...settings, ...EPOCHS, '--out', 'whole'], { cwd: folder, stdio: 'ignore' });
  await checkKills(folder, train, kills);
  await checkPause(folder, train);
  rmSync(folder, { recursive: true });
}

async function checkKills(folder: string, train: readonly string[], kills: number): Promise<void> {
  const wanted = metricsOf(folder, 'whole');
  const kernels = ['auto', 'simd', JSON.parse(readFileSync(join(folder, 'whole', 'config.json'), 'utf8')).kernels];
  const counts = { kills: 0, runs: 0, differing: 0 };
  while (counts.kills < kills) {
    const out = `run-${++counts.runs}`;
    for (let isOver = false; !isOver; ) {
      const begun = existsSync(join(folder, out, 'config.json'));
      const words = [
        ...train,
        ...(begun ? ['--resume', out, '--json'] : [...settings, ...EPOCHS, '--out', out]),
        ...['--checkpoint-every', '7', '--kernels', pick(kernels), '--workers', pick(['1', '2'])],
      ];
      const ranks = Array.from({ length: pick([1, 2, 3, 4]) }, () => words);
      isOver = await isOverUnlessKilled(Job.start(folder, ranks), ranks.length, counts);
    }
    if (metricsOf(folder, out) !== wanted) counts.differing++;
  }
  const { runs, differing } = counts;
  report(
    differing === 0,
    `${counts.kills} SIGKILLs of ranks of ${runs} runs: ${differing} differ from one that nothing happened to`,
  );
}

/** @returns whether the run came to its end before a rank was killed at some moment */
async function isOverUnlessKilled(job: Job, ranks: number, counts: { kills: number }): Promise<boolean> {
  const outcome = job.outcome();
  const isOver = await Promise.race([outcome.then(() => true), setTimeout(6000 * Math.random(), false)]);
  if (!isOver) {
    job.signalRank(pick(Array.from({ length: ranks }, (_, rank) => rank)), 'SIGKILL');
    counts.kills++;
  }
  const { code, ranks: said } = await outcome;
  if (isOver && code !== 0) throw new Error(`a run ends with ${code}: ${JSON.stringify(said)}`);
  return code === 0;
}

/** How long a rank stands still, in milliseconds, and what part of a core the other may use meanwhile. */
const [PAUSE, IDLE] = [10_000, 0.05];

async function checkPause(folder: string, train: readonly string[]): Promise<void> {
  const words = [...train, ...settings, ...EPOCHS, '--checkpoint-every', '7', '--out', 'paused'];
  const job = Job.start(folder, [words, words]);
  const outcome = job.outcome();
  await job.until(() => existsSync(join(folder, 'paused', 'checkpoint.previous.safetensors')));
  job.signalRank(1, 'SIGSTOP');
  await setTimeout(1000);
  const before = cpuSeconds(job.groupOf(0));
  await setTimeout(PAUSE);
  const share = (1000 * (cpuSeconds(job.groupOf(0)) - before)) / PAUSE;
  job.signalRank(1, 'SIGCONT');
  const { code } = await outcome;
  const isEqual = code === 0 && metricsOf(folder, 'paused') === metricsOf(folder, 'whole');
  const used = `the other uses ${(100 * share).toFixed(1)}% of a core`;
  report(
    isEqual && share < IDLE,
    `a rank stands still for ${PAUSE / 1000} s: ${used}, and the run ends ${isEqual ? 'as' : 'not as'} it would`,
  );
}

/** What the processes of a group have used so far. */
function cpuSeconds(group: number | undefined): number {
  const ticks = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const stat = existsSync(`/proc/${name}/stat`) ? readFileSync(`/proc/${name}/stat`, 'utf8') : '';
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third on
    return Number(fields[2]) === group ? Number(fields[11]) + Number(fields[12]) : [];
  });
  return ticks.reduce((sum, own) => sum + own, 0) / 100;
}
