import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** What a rank has printed on standard error, line by line, and its exit code; none where a signal has ended it. */
export interface RankOutcome {
  readonly lines: readonly string[];
  readonly code: number | undefined;
}

export interface JobOutcome {
  /** Of mpirun. */
  readonly code: number | null;
  readonly stdout: string;
  readonly ranks: readonly RankOutcome[];
}

/** Starts each rank, in a process group of its own as Open MPI wants it, and writes down the group and how the rank ended. */
const wrapper = `
trap : TERM INT
rank="\${OMPI_COMM_WORLD_RANK:-$PMI_RANK}"
echo $$ > "$JOB/group.$rank"
"$@" 2> "$JOB/lines.$rank"
code=$?
echo $code > "$JOB/code.$rank"
exit $code`;

const launchers = {
  'Open MPI': ['mpirun', '--allow-run-as-root', '--oversubscribe', '--bind-to', 'none'],
  MPICH: ['mpiexec.mpich'],
} as const;

/** How long a job may take that ends by itself, in milliseconds. */
const PATIENCE = 150_000;

/** Ranks on this machine, each with words of its own. */
export class Job {
  private constructor(
    private readonly launcher: ChildProcess,
    private readonly notes: string,
    private readonly ranks: number,
  ) {}

  /** @param words of each rank, from the program on */
  static start(
    folder: string,
    words: readonly (readonly string[])[],
    { mpi = 'Open MPI', env = {} }: { mpi?: keyof typeof launchers; env?: NodeJS.ProcessEnv } = {},
  ): Job {
    const notes = mkdtempSync(join(folder, 'job-'));
    const contexts = words.map((rank) => ['-n', '1', 'sh', '-c', wrapper, 'rank', ...rank]);
    const [program, ...options] = launchers[mpi];
    const args = contexts.flatMap((context, index) => (index === 0 ? [...options, ...context] : [':', ...context]));
    const job = {
      cwd: folder,
      timeout: PATIENCE,
      killSignal: 'SIGKILL',
      env: { ...process.env, ...env, JOB: notes },
    } as const;
    return new Job(spawn(program, args, job), notes, words.length);
  }

  /** A note of a rank's; empty where it has written none. */
  private note(name: string, rank: number): string {
    try {
      return readFileSync(join(this.notes, `${name}.${rank}`), 'utf8');
    } catch {
      return '';
    }
  }

  /** The process group of a rank; undefined before it has begun. */
  groupOf(rank: number): number | undefined {
    return Number(this.note('group', rank)) || undefined;
  }

  /** Sends a signal to the launcher. */
  signal(signal: NodeJS.Signals): void {
    this.launcher.kill(signal);
  }

  /** Sends a signal to the processes of one rank. */
  signalRank(rank: number, signal: NodeJS.Signals): void {
    const group = this.groupOf(rank);
    if (group !== undefined) process.kill(-group, signal);
  }

  /** Waits until something is so, or the job has ended. */
  async until(isSo: () => boolean): Promise<void> {
    while (this.launcher.exitCode === null && !isSo()) await setTimeout(50);
  }

  async outcome(): Promise<JobOutcome> {
    const { launcher } = this;
    if (!launcher.stdout || !launcher.stderr) throw new Error('a job has its outputs');
    launcher.stderr.resume();
    const [[code], stdout] = await Promise.all([once(launcher, 'close'), text(launcher.stdout)]);
    const ranks = Array.from({ length: this.ranks }, (_, rank) => {
      const found = this.note('code', rank);
      const lines = this.note('lines', rank).split('\n').filter(isOurs);
      return { lines, code: found === '' ? undefined : Number(found) };
    });
    return { code, stdout, ranks };
  }
}

/** Open MPI says something itself where a rank that it reads from has gone, the shell how a rank ended, and Node that permissions are new. */
const isOurs = (line: string) =>
  line !== '' && !/^\[|^(Terminated|Killed)$|SecurityWarning|^\(Use .node --trace-warnings/.test(line);
